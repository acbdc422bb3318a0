"""Opens pages that metainit wrote in headless Chromium, 400 and 1400 pixels wide, light and dark, and checks that they load
without a message or a request, that charts have the marks of the data in the page, that nothing is cut off, overlaps or has too
little contrast, that text can be selected, and that the table sorts on a click.

    python3 testdata/browser/check.py [--screenshots FOLDER] PAGE.html...
"""

import argparse
import base64
import pathlib
import sys

from chromium import Browser


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--screenshots", type=pathlib.Path)
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    browser = Browser()
    wrong = []
    for page in args.pages:
        for width in (400, 1400):
            for scheme in ("light", "dark"):
                where = f"{page.name}, {width} pixels, {scheme}"
                wrong += [f"{where}: {text}" for text in look(browser, page, width, scheme)]
                if args.screenshots:
                    (args.screenshots / f"{page.stem}-{width}-{scheme}.png").write_bytes(screenshot(browser))
    browser.close()
    for text in wrong:
        print(text)
    if wrong:
        sys.exit(1)
    print(f"{len(args.pages)} pages, each at 2 widths in 2 schemes: nothing wrong")


def look(browser, page, width, scheme):
    """Returns what is wrong with a page."""
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.pending()
    browser.call("Page.navigate", url=page.resolve().as_uri())
    events = browser.until("Page.loadEventFired")
    browser.evaluate((pathlib.Path(__file__).parent / "check.js").read_text() + "; 0")
    wrong = []
    for check in (f"fits({width})", f"contrasts({str(scheme == 'dark').lower()})", "marks()", "selectable()"):
        wrong += browser.evaluate(check)
    wrong += sorts(browser)
    for event in events + browser.pending():
        wrong += message(event)
    return wrong


def sorts(browser):
    """Clicks at the heading of the factors: once they go up, twice they go down."""
    before, wrong = browser.evaluate("factors()"), []
    for want in (sorted(before), sorted(before, reverse=True)):
        x, y = browser.evaluate("factorHead()")
        for kind in ("mousePressed", "mouseReleased"):
            browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        got = browser.evaluate("factors()")
        if got != want or len(got) < 2:
            wrong.append(f"after a click the factors are {got}, want {want}")
    return wrong


def message(event):
    """Returns what an event says is wrong: messages of the console, errors, and requests for anything but the page."""
    method, params = event.get("method"), event.get("params", {})
    if method == "Runtime.exceptionThrown":
        return [str(params["exceptionDetails"])]
    if method == "Runtime.consoleAPICalled":
        return [f"console: {params['args']}"]
    if method == "Log.entryAdded":
        return [f"log: {params['entry']['text']}"]
    if method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("file:", "data:", "about:")):
        return [f"it asks for {params['request']['url']}"]
    return []


def screenshot(browser):
    height = browser.evaluate("scrollTo(0, 0); Math.ceil(document.documentElement.scrollHeight)")
    width = browser.evaluate("innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, 8000), "scale": 1}
    return base64.b64decode(browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"])


if __name__ == "__main__":
    main()
