"""The status page in a real browser."""

import json
import time

import pytest
import sample
from conftest import TOKEN
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

class Page:
    """The page of a server. Polls when it is told to, so that tests need not wait."""

    def __init__(self, browser, server):
        self.browser, self.server = browser, server
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.get("about:blank")
        browser.get_log("browser")
        browser.get_log("performance")
        browser.get(server.address)
        self.wait(lambda: self.text("#link") == "live")

    def wait(self, condition, why=""):
        WebDriverWait(self.browser, 20, 0.05).until(lambda _: condition(), why)

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.browser.find_elements(By.CSS_SELECTOR, css)

    def text(self, css):
        return self.run("const e = document.querySelector(arguments[0]); return e && e.textContent", css)

    def texts(self, css):
        return self.run("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", css)

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def show(self, *checks, **changes):
        """Puts a status and has the page ask for it."""
        self.server.put("status.json", json.dumps(sample.status(checks, **changes)))
        self.poll()

    def poll(self):
        self.browser.execute_async_script(
            "const done = arguments[0]; (function again() { polling ? setTimeout(again, 10) : poll().then(done); })()"
        )

    def names(self):
        return self.texts("#rows .name")

    def complaints(self):
        """What the browser had to say: refused by the policy, uncaught. Not what it was refused."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["source"] != "network"]

    def requests(self):
        """Addresses of all requests since the page was opened."""
        events = (json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance"))
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def press(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def focus(self):
        return self.run("return document.activeElement.id")


@pytest.fixture
def page(browser, server):
    page = Page(browser, server)
    yield page
    assert page.complaints() == []
    browser.get("about:blank")


def typical():
    return [sample.check("cpu", 1), sample.failing(number=2), sample.quarantined(number=3), sample.broken(number=4), sample.check("disk", 5, last_warnings=["/mnt: Permission denied"])]


# ---- What it shows


def test_what_runs_and_what_does_not(page):
    page.show(*typical())

    assert page.names() == ["oracle", "native_probe", "redisdb", "disk", "cpu"], "trouble first"
    assert page.texts("#rows .badge") == ["failed to load", "quarantined", "failing", "warning", "ok"]
    tiles = dict(zip(page.texts(".tile span"), page.texts(".tile b")))
    assert {name: tiles[name] for name in ("checks", "failing", "quarantined", "failed to load")} == {"checks": "5", "failing": "1", "quarantined": "1", "failed to load": "1"}
    assert tiles["series"] == "60" and tiles["memory of workers"] == "29.9 MiB"
    assert page.text("#host") == "web-7.example.net"
    assert page.text("#about") == "adder 0.1.0  \u00b7  Python 3.11.2  \u00b7  up 3 d 4 h"
    assert page.browser.title == "\u26a0 adder \u2013 web-7.example.net"


def test_why_a_check_fails_with_the_traceback_folded(page):
    page.show(*typical())
    row = page.find("#rows li:nth-child(3)")
    assert "Connection refused" in row.find_element(By.CSS_SELECTOR, ".line").text

    row.find_element(By.CSS_SELECTOR, "summary").click()
    page.wait(lambda: page.all("#rows .inside"))
    pre = row.find_element(By.CSS_SELECTOR, ".inside pre")
    assert not pre.is_displayed()
    row.find_element(By.CSS_SELECTOR, ".inside .fold summary").click()
    page.wait(pre.is_displayed)
    assert pre.text == sample.TRACEBACK.strip()
    page.poll()
    assert pre.is_displayed(), "what the reader has unfolded stays so"


def test_quarantine_has_the_verdicts(page):
    page.show(*typical())
    box = page.find("#quarantine")

    assert "crashed: signal 11 (Segmentation fault)" in box.text
    folds = box.find_elements(By.CSS_SELECTOR, ".item > details > summary")
    assert [fold.text for fold in folds] == ["Crash report", "1 earlier"]
    folds[1].click()
    page.wait(lambda: "killed: memory 212 MiB > 200 MiB" in box.text)
    folds[0].click()
    page.wait(lambda: "Fatal Python error: Segmentation fault" in box.text)

    box.find_element(By.CSS_SELECTOR, "button").click()
    page.wait(lambda: page.text("#rows details[open] .name") == "native_probe")
    page.show(sample.check("cpu"))
    assert not box.is_displayed()


def test_configuration_workers_and_outputs(page):
    errors = [
        {"path": "conf.d/a.yaml", "line": 12, "column": 5, "message": "no tabs", "warning": False},
        {"path": "conf.d/b.yaml", "line": 0, "column": 0, "message": "unknown key", "warning": True},
    ]
    workers = [{"pid": 77, "state": "up", "checks": ["cpu:1"], "rss_bytes": 10 << 20, "started": time.time() - 3700}]
    outputs = [{"name": "json", "series": 12345, "dropped": 3, "last_error": "No space left on device"}]
    page.show(sample.check("cpu"), config_errors=errors, workers=workers, outputs=outputs)

    assert page.texts("#configs-list li") == ["errorconf.d/a.yaml:12:5no tabs", "warningconf.d/b.yamlunknown key"]
    assert page.texts("#workers-body td")[:4] == ["77", "up", "cpu:1", "10.0 MiB"]
    assert page.texts("#workers-body td")[4].startswith("1 h 1 min")
    assert page.texts("#outputs-body td") == ["json", "12,345", "3", "No space left on device"]
    page.show(sample.check("cpu"))
    assert not page.find("#configs").is_displayed()


def test_sparklines_grow_with_each_run(page):
    for run in range(11, 15):
        page.show(sample.check("cpu", runs=run, errors=run // 14, last_seconds=run / 100, memory=sample.memory(run << 20), last_samples=run))
        page.poll()
    labels = page.run("return [...document.querySelectorAll('#rows .spark')].map(e => e.getAttribute('aria-label'))")

    assert labels[0] == "last 4 runs: from 110 ms to 140 ms, now 140 ms", "a poll without a new run adds nothing"
    assert labels[1] == "last 4 runs: from 11.0 MiB to 14.0 MiB, now 14.0 MiB"
    assert labels[2] == "last 4 runs: from 11 to 14, now 14"
    assert page.run("return document.querySelector('.faults').getAttribute('d')") != "", "the failed run is marked"
    for run in range(15, 100):
        page.run("rememberAll([arguments[0]])", sample.check("cpu", runs=run))
    page.show(sample.check("cpu", runs=100))
    assert "last 60 runs" in page.run("return document.querySelector('.spark').getAttribute('aria-label')")


def test_documents_with_gaps_are_shown(page):
    page.show({"name": "odd", "id": "odd:1"}, {"id": "odder:1", "memory": None, "verdicts": None, "last_error": {}, "worker": None}, workers=None, outputs=[None, {}], config_errors={})

    assert page.names() == ["", "odd"]
    page.find("#rows li:nth-child(2) summary").click()
    page.wait(lambda: page.all("#rows .inside"))
    assert page.text("#link") == "live"


# ---- Names that want to break it


def test_whatever_a_check_puts_into_a_name_stays_text(page):
    checks = []
    for i, bad in enumerate(sample.NASTY):
        error = {"message": bad, "traceback": bad + "\n" + bad}
        changes = {"id": "%s:%d" % (bad, i), "source": bad, "version": bad, "last_warnings": [bad], "last_error": error}
        checks.append(sample.check(bad, i, **changes))
        checks.append(sample.quarantined(bad, number=100 + i, **dict(changes, id="q%s:%d" % (bad, i), verdicts=[sample.verdict(bad, bad, bad), sample.verdict(bad, bad, bad)])))
    workers = [{"pid": 1, "state": bad, "checks": [bad, bad, bad], "rss_bytes": 1, "started": 1} for bad in sample.NASTY]
    outputs = [{"name": bad, "series": bad, "dropped": bad, "last_error": bad} for bad in sample.NASTY]
    errors = [{"path": bad, "line": bad, "column": bad, "message": bad, "warning": bad} for bad in sample.NASTY]
    page.show(*checks, hostname=sample.MARKUP, version=sample.MARKUP, python=sample.MARKUP, workers=workers, outputs=outputs, config_errors=errors)
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.wait(lambda: len(page.all(".inside")) == len(checks))

    assert sorted(page.names()) == sorted(check["name"] for check in checks)
    assert page.browser.title.startswith("\u26a0 adder")
    assert page.run("return document.querySelectorAll('main img, main script, main style, main iframe, [onerror], [onmouseover], main h1').length") == 0
    assert page.run("return document.scripts.length") == 1
    assert page.text("#host") == sample.MARKUP
    assert page.run("return document.documentElement.scrollWidth <= innerWidth"), "long names wrap"


def test_whatever_a_check_puts_into_a_metric_stays_text(page):
    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 1)
    for bad in sample.NASTY:
        line = {"id": bad, "name": bad, "type": bad, "value": bad, "tags": [bad, bad], "hostname": bad, "timestamp": time.time()}
        page.server.tell("tail a b " + json.dumps(line))
        assert page.server.line() == "tailed"
    page.wait(lambda: len(page.all("#lines > div")) == len(sample.NASTY))

    assert page.texts("#lines > div > :nth-child(2)") == sample.NASTY
    assert page.run("return document.querySelectorAll('#lines img, #lines script, #lines h1').length") == 0
    assert "adder" in page.browser.title


def test_it_asks_nobody_else(page):
    page.show(*typical())
    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 1)
    page.poll()

    asked = page.requests()
    # chromedriver's own page may be among them.
    assert {url for url in asked if not url.startswith((page.server.address + "/", "data:", "about:"))} == set()
    assert page.server.address + "/api/v1/status" in asked


# ---- Hundreds of checks


def test_hundreds_of_checks(page):
    checks = [sample.check("check%03d" % i, i) for i in range(600)] + [sample.failing(number=999)]
    page.show(*checks)
    assert len(page.names()) == 50 and page.names()[0] == "redisdb"
    assert page.text("#checks-count") == "601"

    page.find("#show-all").click()
    page.wait(lambda: len(page.names()) == 601)
    assert not page.find("#more").is_displayed()
    page.find("#search").send_keys("check33")
    page.wait(lambda: page.names() == ["check33%d" % i for i in range(10)])
    assert page.text("#checks-count") == "10 of 601"


def test_checks_are_found_and_sorted(page):
    page.show(*typical())
    page.find("#search").send_keys("REFUSED")
    page.wait(lambda: page.names() == ["redisdb"])
    page.find("#search").send_keys("x")
    page.wait(lambda: page.text("#none") == "No check fits.")
    page.find("#search").send_keys(Keys.ESCAPE)
    page.wait(lambda: len(page.names()) == 5)

    page.find("#sort option[value=name]").click()
    page.wait(lambda: page.names() == ["cpu", "disk", "native_probe", "oracle", "redisdb"])
    page.find("#sort option[value=time]").click()
    page.show(*typical(), sample.check("slow", 9, last_seconds=3))
    assert page.names()[0] == "slow"


def test_a_tile_shows_its_checks_only(page):
    page.show(*typical())
    tile = next(t for t in page.all("button.tile") if "failing" in t.text)

    tile.click()
    page.wait(lambda: page.names() == ["redisdb"])
    assert tile.get_attribute("aria-pressed") == "true"
    tile.click()
    page.wait(lambda: len(page.names()) == 5)


def test_rows_stay_where_they_are(page):
    page.show(*typical())
    page.run("window.row = document.querySelector('#rows li:nth-child(5)')")
    page.find("#rows li:nth-child(5) summary").click()
    page.show(*typical())

    assert page.run("return window.row === document.querySelector('#rows li:nth-child(5)') && window.row.firstChild.open")
    page.show(*typical()[1:])
    assert page.names() == ["oracle", "native_probe", "redisdb", "disk"]


# ---- Doing something


def give_token(page, token):
    page.wait(lambda: page.find("#ask").is_displayed())
    page.press(token, Keys.ENTER)


def test_a_check_is_run_with_the_token(page):
    page.show(sample.check("disk", id="disk:<1>/?#%"))
    page.find("#rows summary").click()
    page.wait(lambda: page.all(".act button"))
    page.find(".act button").click()
    give_token(page, "wrong")
    give_token(page, TOKEN)
    page.wait(lambda: page.text(".act span") == "started")
    assert page.server.line() == "run disk:<1>/?#%"

    page.find(".act button").click()
    assert page.server.line() == "run disk:<1>/?#%", "the token is kept"
    page.run("sessionStorage.clear()")


def test_a_check_that_cannot_be_run_says_why(page):
    page.show(sample.check("disk", id="busy:1"))
    page.run("token = arguments[0]", TOKEN)
    page.find("#rows summary").click()
    page.wait(lambda: page.all(".act button"))
    page.find(".act button").click()
    page.wait(lambda: page.text(".act span") == "it is running")


# ---- Tail


def tail_line(page, name, number=1, id="disk:1"):
    line = {"id": id, "name": name, "type": "gauge", "value": number, "tags": ["a:b"], "timestamp": time.time()}
    page.server.tell("tail %s %s %s" % (id, name, json.dumps(line)))
    assert page.server.line() == "tailed"


def names_of_tail(page):
    return page.texts("#lines > div > :nth-child(2)")


def test_the_tail_follows_pauses_and_filters(page):
    assert page.server.stats()["tails"] == 0, "it costs nothing until it is asked for"
    page.find("#follow").click()
    page.wait(lambda: page.text("#tail-state") == "following everything")
    tail_line(page, "system.disk.used", 1234567.5)
    page.wait(lambda: names_of_tail(page) == ["system.disk.used"])
    assert page.texts("#lines > div > *")[1:] == ["system.disk.used", "1,234,567.5", "gauge  a:b  disk:1"]

    page.find("#filter").send_keys("cpu*")
    page.wait(lambda: page.text("#tail-state") == "following what fits")
    page.wait(lambda: page.server.stats()["tails"] == 1)
    tail_line(page, "system.disk.free")
    tail_line(page, "system.cpu.user", id="cpu:1")
    page.wait(lambda: names_of_tail(page) == ["system.disk.used", "system.cpu.user"])

    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 0)
    assert page.text("#tail-state") == "paused"
    page.find("#clear").click()
    assert names_of_tail(page) == []


def test_a_flood_leaves_the_page_alive(page):
    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 1)
    for _ in range(10):
        page.server.tell("flood 20000")
        assert page.server.line() == "flooded"

    def has_ended():
        tail_line(page, "the.end")  # again, for this may be among the lines left out
        return names_of_tail(page)[-1:] == ["the.end"]

    page.wait(has_ended)
    assert len(page.all("#lines > div")) <= 500


# ---- An agent that goes and comes


def test_it_says_that_the_agent_is_gone_and_recovers(page):
    page.show(*typical())
    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 1)
    port = page.server.port

    page.server.end()
    page.poll()
    assert page.text("#link") == "unreachable"
    assert "The agent does not answer" in page.text("#alarm-text") and page.find("#alarm").is_displayed()
    assert len(page.names()) == 5, "what was seen last stays"

    page.server.put("status.json", json.dumps(sample.status([sample.check("anew")], uptime_seconds=2)))
    page.server.start("127.0.0.1:%d" % port)
    page.wait(lambda: page.names() == ["anew"], "it comes back by itself")
    assert not page.find("#alarm").is_displayed()
    assert page.text("#news-text") == "The agent was started anew."
    page.wait(lambda: page.server.stats()["tails"] == 1, "and so does the tail")
    tail_line(page, "after")
    page.wait(lambda: names_of_tail(page) == ["after"])


def test_an_agent_that_has_an_error_says_so(page):
    (page.server.folder / "status.json").unlink()
    page.poll()

    assert page.text("#alarm-text").startswith("The agent says: out of memory")


def test_elsewhere_than_on_loopback_the_browser_asks_for_the_password(browser, make_server):
    server = make_server("0.0.0.0:0")
    browser.get("http://anyone:%s@127.0.0.1:%d/" % (TOKEN, server.port))
    WebDriverWait(browser, 20).until(lambda b: b.find_element(By.ID, "link").text == "live")
    browser.find_element(By.ID, "follow").click()
    WebDriverWait(browser, 20).until(lambda _: server.stats()["tails"] == 1)
    browser.get("about:blank")


# ---- For everyone


def test_it_is_used_with_the_keyboard(page):
    page.show(*typical())
    page.find("body").send_keys("/")
    assert page.focus() == "search"
    page.press("redis")
    page.wait(lambda: page.names() == ["redisdb"])
    page.press(Keys.TAB, Keys.NULL)
    assert page.focus() == "sort"
    page.press(Keys.TAB)
    page.press(Keys.ENTER)
    page.wait(lambda: page.text("#rows details[open] .name") == "redisdb")
    page.press(Keys.TAB)
    page.press(Keys.SPACE)
    page.wait(lambda: page.find("#rows .inside pre").is_displayed())
    page.run("document.activeElement.blur()")
    page.find("body").send_keys("t")
    assert page.focus() == "follow"
    page.press(Keys.SPACE)
    page.wait(lambda: page.server.stats()["tails"] == 1)


def test_every_control_has_a_name(page):
    page.show(*typical())
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    nodes = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    controls = {"button", "link", "textbox", "searchbox", "combobox", "DisclosureTriangle"}
    nameless = [n for n in nodes if n.get("role", {}).get("value") in controls and not n.get("name", {}).get("value")]

    assert nameless == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(page, scheme):
    """Contrast of at least 4.5 to 1 (WCAG 2, 1.4.3), in the light and in the dark."""
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    page.show(*typical(), config_errors=[{"path": "a", "line": 1, "column": 1, "message": "m", "warning": w} for w in (True, False)])
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    low = page.run(
        """
        const light = (c) => c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
        const parse = (s) => s.match(/[\\d.]+/g).map(Number);
        function behind(e) {
            for (; e; e = e.parentElement) {
                const c = parse(getComputedStyle(e).backgroundColor);
                if (c.length < 4 || c[3] > 0) return c.slice(0, 3);
            }
            return [255, 255, 255];
        }
        const found = [];
        for (const e of document.querySelectorAll("body *")) {
            const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
            if (!text || !e.checkVisibility() || e.closest(".hidden, .skip, script, style, option, noscript")) continue;
            const [a, b] = [light(parse(getComputedStyle(e).color).slice(0, 3)), light(behind(e))].sort((x, y) => y - x);
            if ((a + 0.05) / (b + 0.05) < 4.5) found.push([e.tagName, e.className, e.textContent.slice(0, 30), (a + 0.05) / (b + 0.05)]);
        }
        return [found, getComputedStyle(document.body).backgroundColor];
        """
    )
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

    assert low[0] == []
    assert (sum(map(int, low[1][4:-1].split(","))) < 200) == (scheme == "dark")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_it_fits_the_screen(page, width):
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": width < 500})
    page.show(*typical(), config_errors=[{"path": "/etc/adder/" + "x" * 100, "line": 1, "column": 1, "message": "m" * 200, "warning": False}])
    page.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    page.find("#follow").click()
    page.wait(lambda: page.server.stats()["tails"] == 1)
    tail_line(page, "a." + "x" * 200)
    page.wait(lambda: names_of_tail(page))

    assert page.run("return document.documentElement.scrollWidth") == width
    page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
