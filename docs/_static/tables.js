// A long name in a table may go on in the next line behind an underscore, and nowhere else.
addEventListener("DOMContentLoaded", () => {
  for (const code of document.querySelectorAll("article table.docutils code")) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const parts = text.textContent.split(/(?<=_)/);
      text.replaceWith(...parts.flatMap((part, i) => (i ? [document.createElement("wbr"), part] : [part])));
    }
  }
});
