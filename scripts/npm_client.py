"""The simulator, judged by a client that others wrote: hybris-hac-api, from the npm registry.

Run by scripts/test.sh, which installs the client:

    python scripts/npm_client.py --hac target/release/hac --modules target/interop/npm/node_modules
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import interop

MODULES = ""
SCRIPT = pathlib.Path(__file__).with_name("npm_client.js")
RELEASES = ["1811", "2005", "2205", "2211", "2211-jdk21"]
QUERY = "SELECT {code}, {name[en]} AS name FROM {Product} ORDER BY {code}"


class Client:
    """The client in a process of its own."""

    def __init__(self, url: str, password: str):
        # Scripts that are piped in find modules beside themselves only; NODE_PATH is for those that are elsewhere.
        environment = {**os.environ, "NODE_PATH": MODULES}
        self.process = subprocess.Popen(
            ["node", str(SCRIPT)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.call("configure", url, "admin", password)

    def call(self, method: str, *given: str) -> dict:
        self.process.stdin.write(json.dumps([method, *given]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()


class NpmClient(unittest.TestCase):
    def against(self, release: str, password: str | None = None, *flags: str) -> tuple[interop.Simulator, Client]:
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        environment = {**os.environ, "HOME": home.name}
        simulator = interop.Simulator(environment, "--release", release, *flags)
        self.addCleanup(simulator.stop)
        client = Client(simulator.url, password or simulator.password)
        self.addCleanup(client.stop)
        return simulator, client

    def test_it_works_with_the_release_that_it_knows(self):
        for flags in [(), ("--https",)]:
            with self.subTest(flags):
                simulator, client = self.against("1811", None, *flags)
                row = client.call("flexibleSearch", QUERY)["result"]
                self.assertEqual(sorted(row), ["code", "name"])
                answer = client.call("executeScript", "'<&>' + 6 * 7", "false", "javascript")["result"]
                self.assertEqual((answer["executionResult"], answer["stacktraceText"]), ("<&>42", ""))
                language = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n"
                self.assertEqual(client.call("impexImport", language), {"result": None})
                found = client.call("flexibleSearch", "SELECT {isocode} FROM {Language} WHERE {isocode} = 'xx'")
                self.assertEqual(found["result"], {"isocode": "xx"})
                self.assertEqual(simulator.summary()["executed"], 4)

    def test_it_hears_what_failed(self):
        simulator, client = self.against("1811")
        script = client.call("executeScript", "throw new Error('on purpose')", "false", "javascript")
        self.assertIn("on purpose", script["error"])
        imported = client.call("impexImport", "INSERT Foo;code\n;x\n")
        self.assertIn("unknown type 'Foo'", imported["error"])
        query = client.call("flexibleSearch", "SELECT {nothing} FROM {Product}")
        self.assertIn("returned 0 results", query["error"])
        self.assertEqual(simulator.summary()["executed"], 3)

    def test_a_wrong_password_is_told_in_the_words_of_the_page(self):
        simulator, client = self.against("1811", "wrong")
        answer = client.call("executeScript", "1", "false", "javascript")
        self.assertTrue(answer["error"].startswith("HAC login failed: Login failed"), answer["error"])
        self.assertEqual((simulator.summary()["logins"], simulator.summary()["executed"]), (0, 0))

    def test_newer_releases_have_no_login_page_where_it_looks(self):
        for release in RELEASES[1:]:
            with self.subTest(release):
                simulator, client = self.against(release)
                answer = client.call("executeScript", "1", "false", "javascript")
                self.assertTrue(answer["error"].startswith("HAC open failed"), answer["error"])
                self.assertEqual(simulator.summary()["login_attempts"], 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hac", required=True)
    parser.add_argument("--modules", required=True)
    arguments, others = parser.parse_known_args()
    interop.HAC = str(pathlib.Path(arguments.hac).resolve())
    MODULES = str(pathlib.Path(arguments.modules).resolve())
    unittest.main(argv=[sys.argv[0], *others], verbosity=2)
