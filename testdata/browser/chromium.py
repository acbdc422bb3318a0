"""A headless Chromium that is spoken to over a pipe, in the DevTools protocol."""

import collections
import json
import os
import shutil
import subprocess
import tempfile


class Browser:
    def __init__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        if not program:
            raise SystemExit("chromium is not there: apt-get install chromium")
        self.profile = tempfile.TemporaryDirectory()
        ours, theirs = os.pipe(), os.pipe()  # what it reads, what it writes

        def descriptors():  # it reads from 3 and writes to 4
            a, b = os.dup(ours[0]), os.dup(theirs[1])
            os.dup2(a, 3)
            os.dup2(b, 4)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--remote-debugging-pipe"]
        self.process = subprocess.Popen([program, *flags, f"--user-data-dir={self.profile.name}", "about:blank"],
                                        close_fds=False, preexec_fn=descriptors, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.to, self.out = os.fdopen(ours[1], "wb"), os.fdopen(theirs[0], "rb")
        os.close(ours[0])
        os.close(theirs[1])
        self.calls, self.buffer, self.events = 0, b"", collections.deque()
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def call(self, method, **params):
        """Returns the result of a command; the events before it are kept."""
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        self.to.write(json.dumps(message).encode() + b"\0")
        self.to.flush()
        number = self.calls
        while True:
            message = self._read()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def until(self, method):
        """Returns all events up to the next one of that method."""
        list_ = []
        while True:
            event = self.events.popleft() if self.events else self._read()
            list_.append(event)
            if event.get("method") == method:
                return list_

    def pending(self):
        """Returns the events that have come."""
        self.call("Runtime.evaluate", expression="0")
        events = list(self.events)
        self.events.clear()
        return events

    def evaluate(self, expression):
        """Returns the value of an expression, of what it promises if it is a promise."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(20)
        self.profile.cleanup()

    def _read(self):
        while b"\0" not in self.buffer:
            block = os.read(self.out.fileno(), 1 << 16)
            if not block:
                raise RuntimeError("Chromium has ended")
            self.buffer += block
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)
