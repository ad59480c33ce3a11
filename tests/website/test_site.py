"""The site as it is built: sound, complete, and the same in a browser without a network."""

import functools
import http.server
import shutil
import subprocess
import sys
import threading

import pytest

from resnet_edu.chapters import chapters
from resnet_edu.website import __main__ as website
from resnet_edu.website import checking

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next((found for found in map(shutil.which, BROWSERS) if found), None)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "resnet_edu.website", "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr  # warnings are errors, links land
    return folder


@pytest.mark.slow
def test_all_pages_are_there(site):
    names = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    wanted = {f"notebooks/{path.stem}.html" for path in chapters()}
    wanted |= {f"source/{name}.html" for name in ("blocks", "network", "torchvision")}
    wanted |= {f"{name}.html" for name in ("index", "questions", "glossary", "teaching", "sheet",
               "contributing", "benchmarks", "sources", "commands", "search")}  # fmt: skip
    assert wanted <= names
    assert list((site / "_downloads").rglob("*.pdf"))


@pytest.mark.slow
def test_nothing_of_the_machine_is_in_it(site):
    for path in site.rglob("*.html"):
        assert str(site.parent) not in path.read_text(encoding="utf-8")


@pytest.mark.slow
def test_pictures_carry_their_words(site):
    text = (site / "notebooks" / "06_downsample_paths.html").read_text(encoding="utf-8")
    assert 'alt="resnet50: you are here' in text


def test_faults_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        "<h1>a</h1><h3 id='x'>b</h3><a href='#y'></a><a href='none.html'></a>"
        "<a href='a.html#x'></a>"
        "<img src='a.html' alt='a.html'><script src='https://cdn.example/x.js'></script>",
        encoding="utf-8",
    )
    (tmp_path / "a.css").write_text("p { background: url(https://x.example/a.png) }")
    found = " ".join(checking.problems(tmp_path))
    for words in ("level 3 under level 1", "a link to #y", "a link to none.html", "without words",
                  "loads https://cdn.example/x.js", "a.css loads https://x.example"):  # fmt: skip
        assert words in found
    assert "a.html#x" not in found


def test_a_folder_that_is_no_site_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert website.main(["-o", str(tmp_path)]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves without a word."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


@pytest.fixture(scope="module")
def browser():
    if BROWSER is None:
        pytest.skip("no Chromium or Chrome is installed to read the site in")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_load_without_errors_or_outside_requests(site, address, browser, width, scheme):
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, service_workers="block"
    )
    page = context.new_page()
    wrong = []
    page.on("console", lambda m: m.type == "error" and wrong.append((page.url, m.text)))
    page.on("pageerror", lambda error: wrong.append((page.url, str(error))))
    page.on("request", lambda r: r.url.startswith((address, "data:")) or wrong.append(r.url))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    for path in sorted(site.rglob("*.html")):
        page.goto(address + path.relative_to(site).as_posix(), wait_until="load")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append((page.url, "is wider than the screen"))
    context.close()
    assert wrong == []


@pytest.mark.slow
def test_formulas_search_and_folds_work(address, browser):
    page = browser.new_page()
    page.goto(address + "notebooks/02_convolutions.html")
    page.wait_for_selector("mjx-container svg", timeout=30_000)
    fold = page.locator("details").first
    assert not fold.evaluate("fold => fold.open")
    fold.locator("summary").click()
    assert fold.evaluate("fold => fold.open")
    page.goto(address + "search.html?q=bottleneck")
    page.wait_for_selector("#search-results li a", timeout=30_000)
    page.goto(address + "source/blocks.html")
    page.locator("#L60 .number").click()
    assert page.url.endswith("#L60")
    page.close()


BROKEN = """codes => codes.filter(code => {
  const places = [];
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (let i = 0; i < walker.currentNode.length; i++) {
      const range = document.createRange();
      range.setStart(walker.currentNode, i);
      range.setEnd(walker.currentNode, i + 1);
      places.push([walker.currentNode.data[i], range.getBoundingClientRect().top]);
    }
  }
  return places.some(([, top], i) => i && top > places[i - 1][1] + 3
                                     && /\\w/.test(places[i - 1][0]) && places[i - 1][0] !== "_");
}).map(code => code.textContent)"""


@pytest.mark.slow
def test_names_in_the_lesson_plans_break_behind_an_underscore_only(address, browser):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(address + "teaching.html", wait_until="load")
    assert page.eval_on_selector_all("table.docutils code", BROKEN) == []
    page.close()
