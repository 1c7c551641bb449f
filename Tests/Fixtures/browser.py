#!/usr/bin/python3
"""Opens pages of a site in headless Chromium by its DevTools protocol (over pipes) and says what it saw as JSON.

browser.py SITE http|file SCREENSHOTS SEARCH PAGE...

Each page is opened 390 and 1280 pixels wide, light and dark. SEARCH is typed into the search field of the first page.
"""
import base64
import functools
import http.server
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time

site, scheme, shots, words, pages = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]


class Browser:
    def __init__(self, folder):
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()
        # The protocol's pipes are descriptors 3 and 4: first out of the way, then there.
        arguments = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir=" + folder,
        ]
        script = 'exec 8<&"$1" 9>&"$2" 3<&8 4>&9 8<&- 9>&-; shift 2; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser", str(to_browser), str(from_browser)] + arguments,
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": folder, "DBUS_SESSION_BUS_ADDRESS": "none"})
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events = b"", 0, []

    def message(self, patience):
        deadline = time.monotonic() + patience
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                return None
            chunk = os.read(self.answers, 1 << 20)
            if not chunk:
                raise SystemExit("the browser has ended")
            self.buffer += chunk
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **parameters):
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        if session:
            order["sessionId"] = session
        os.write(self.commands, json.dumps(order).encode() + b"\0")
        while True:
            message = self.message(60)
            if message is None:
                raise SystemExit("no answer to " + method)
            if message.get("id") == self.number:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def settle(self, seconds):
        """Gathers events until none has come for so long."""
        while (message := self.message(seconds)) is not None:
            self.events.append(message)

    def wait(self, name):
        while not any(event.get("method") == name for event in self.events):
            message = self.message(60)
            if message is None:
                raise SystemExit("no event " + name)
            self.events.append(message)

    def value(self, session, expression):
        answer = self.call(
            "Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


def look(browser, session, base, page, width, dark):
    browser.events.clear()
    browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                 mobile=width < 600)
    browser.call("Emulation.setEmulatedMedia", session,
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
    browser.call("Page.navigate", session, url=base + page)
    browser.wait("Page.loadEventFired")
    browser.settle(0.1)
    errors, requests = [], []
    for event in browser.events:
        name, details = event.get("method"), event.get("params", {})
        if name == "Runtime.consoleAPICalled":
            errors.append("console: " + json.dumps(details["args"])[:300])
        elif name == "Runtime.exceptionThrown":
            errors.append("exception: " + json.dumps(details["exceptionDetails"])[:500])
        elif name == "Log.entryAdded":
            errors.append("log: " + details["entry"]["text"] + " " + details["entry"].get("url", ""))
        elif name == "Network.requestWillBeSent":
            requests.append(details["request"]["url"])
        elif name == "Network.loadingFailed":
            errors.append("failed: " + details.get("errorText", ""))
    picture = base64.b64decode(browser.call("Page.captureScreenshot", session, format="png")["data"])
    name = f"{page.replace('/', '-')}-{width}{'-dark' if dark else ''}.png"
    with open(os.path.join(shots, name), "wb") as file:
        file.write(picture)
    return {
        "page": page, "width": width, "dark": dark, "errors": errors, "requests": requests,
        "pictureBytes": len(picture),
        "title": browser.value(session, "document.title"),
        "location": browser.value(session, "location.href"),
        "text": browser.value(session, "document.body.innerText.length"),
        "overflow": browser.value(session, "document.documentElement.scrollWidth - innerWidth"),
        "background": browser.value(session, "getComputedStyle(document.body).backgroundColor"),
        "color": browser.value(session, "getComputedStyle(document.body).color"),
        "scripts": browser.value(session, "document.querySelectorAll('script').length"),
    }


SEARCH = """
(async () => {
  const field = document.getElementById('site-search');
  if (!field) return [];
  field.focus();
  field.value = %s;
  field.dispatchEvent(new Event('input'));
  for (let i = 0; i < 100; i++) {
    const links = [...document.querySelectorAll('#site-results a')];
    if (links.length > 0) return links.map((link) => link.href);
    await new Promise((done) => setTimeout(done, 50));
  }
  return [];
})()
"""


def main():
    folder = tempfile.mkdtemp(prefix="journeyman-browser-")
    server = None
    if scheme == "http":
        handler = functools.partial(Quiet, directory=site)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/"
    else:
        base = "file://" + os.path.abspath(site) + "/"
    browser = Browser(folder)
    try:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            browser.call(domain + ".enable", session)
        looks = [look(browser, session, base, page, width, dark)
                 for page in pages for width in (390, 1280) for dark in (False, True)]
        found = []
        if words:
            browser.events.clear()
            browser.call("Page.navigate", session, url=base + pages[0])
            browser.wait("Page.loadEventFired")
            found = browser.value(session, SEARCH % json.dumps(words))
        print(json.dumps({"base": base, "looks": looks, "found": found}))
    finally:
        browser.process.kill()
        browser.process.wait()
        shutil.rmtree(folder, ignore_errors=True)


main()
