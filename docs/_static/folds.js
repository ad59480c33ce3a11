// A link or a search that leads into a closed fold opens it; printing opens all.
function openAround(target) {
  for (let fold = target && target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    fold.open = true;
  }
}
function openAtHash() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  openAround(target);
}
addEventListener("hashchange", openAtHash);
addEventListener("DOMContentLoaded", openAtHash);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((fold) => { fold.open = true; }));
