"""Sessions pass both ways between `hac` and hac-client-core, a Python client that keeps them in the same files.

Run by scripts/test.sh with the Python of a virtual environment that holds hac-client-core:

    python scripts/interop.py --hac target/release/hac
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
import urllib.request

HAC = ""
USER = "admin"
LABEL = "local"
QUERY = "SELECT {code} FROM {Product}"


class Simulator:
    """`hac simulator` in a process of its own."""

    def __init__(self, environment: dict[str, str], *flags: str):
        self.process = subprocess.Popen(
            [HAC, "simulator", "--port", "0", "--control", "--json", *flags],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        told = json.loads(self.process.stdout.readline())
        self.url, self.control = told["url"], told["control_url"]
        self.username, self.password = told["username"], told["password"]

    def _ask(self, method: str, path: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.control + path, method=method), timeout=10) as answer:
            return answer.read()

    def ledger(self) -> list[dict]:
        return json.loads(self._ask("GET", "/ledger"))

    def summary(self) -> dict[str, int]:
        return json.loads(self._ask("GET", "/ledger/summary"))

    def clear_ledger(self) -> None:
        self._ask("POST", "/ledger/clear")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()


class Interop(unittest.TestCase):
    def setUp(self) -> None:
        self.home = pathlib.Path(self.enterContext_(tempfile.TemporaryDirectory()))
        # hac-client-core knows ~/.cache/hac-client only, so that is where both look.
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"]}
        self.simulator = self.start_simulator()
        before = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        os.environ["HOME"] = str(self.home)
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]

    def start_simulator(self, *flags: str) -> Simulator:
        simulator = Simulator(self.environment, *flags)
        self.addCleanup(simulator.stop)
        return simulator

    def enterContext_(self, context):
        """unittest's own enterContext is younger than Python 3.10."""
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    # What the two of them do.

    def hac(self, *arguments: str, password: bool = False) -> subprocess.CompletedProcess:
        environment = self.environment | {"HAC_URL": self.simulator.url, "HAC_USERNAME": USER}
        if password:
            environment["HAC_PASSWORD"] = self.simulator.password
        ran = subprocess.run([HAC, *arguments], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, f"hac {' '.join(arguments)}: {ran.stdout}{ran.stderr}")
        return ran

    def core(self):
        import hac_client_core

        return hac_client_core.HacClient(
            self.simulator.url,
            hac_client_core.BasicAuthHandler(USER, self.simulator.password),
            environment=LABEL,
        )

    def core_manager(self):
        import hac_client_core

        manager = hac_client_core.SessionManager()
        self.assertEqual(manager.cache_dir, self.home / ".cache" / "hac-client")
        return manager

    def core_logs_in(self):
        """Returns the client, and what it told."""
        client, told = self.core(), io.StringIO()
        with contextlib.redirect_stderr(told):
            client.login()
        return client, told.getvalue()

    def session_file(self) -> pathlib.Path:
        (file,) = (self.home / ".cache" / "hac-client").glob("session_*.json")
        return file

    # What we promise.

    def test_hac_client_core_lists_and_loads_our_session(self):
        self.hac("session", "start", password=True)
        manager = self.core_manager()
        (listed,) = manager.list_sessions()
        self.assertEqual((listed.base_url, listed.username, listed.environment), (self.simulator.url, USER, LABEL))
        loaded = manager.load_session(self.simulator.url, USER, LABEL)
        self.assertEqual(loaded, listed)
        self.assertTrue(loaded.session_id and loaded.csrf_token and loaded.is_authenticated)
        self.assertLess(abs(time.time() - loaded.created_at), 60)

    def test_hac_client_core_uses_our_session_without_a_login(self):
        self.hac("session", "start", password=True)
        ours = json.loads(self.session_file().read_text())
        self.simulator.clear_ledger()
        client, told = self.core_logs_in()
        self.assertIn("Using cached session", told)
        self.assertEqual(client.session_info.session_id, ours["session_id"])
        # The simulator may have no Groovy to run it with: what counts is that HAC answers it as its own user's.
        client.execute_groovy("return 1")
        request = self.simulator.ledger()[-1]
        self.assertTrue(request["path"].endswith("/console/scripting/execute"), request)
        self.assertEqual((request["status"], request["user"]), (200, USER))
        self.assertEqual(self.simulator.summary()["login_attempts"], 0)
        # It has rewritten the file, which is still a session to us.
        self.simulator.clear_ledger()
        self.hac("flexsearch", QUERY)
        self.assertEqual([entry["status"] for entry in self.simulator.ledger()], [200])

    def test_we_list_load_and_use_a_session_of_hac_client_core_without_a_login(self):
        client, told = self.core_logs_in()
        self.assertIn("Authenticated successfully", told)
        theirs = self.session_file().read_text()
        self.simulator.clear_ledger()
        (listed,) = json.loads(self.hac("session", "list", "--json").stdout)
        self.assertEqual((listed["url"], listed["username"], listed["environment"]), (self.simulator.url, USER, LABEL))
        shown = json.loads(self.hac("session", "show", "--reveal", "--json").stdout)
        self.assertEqual(shown["session_id"], client.session_info.session_id)
        self.assertEqual(self.session_file().read_text(), theirs, "looking at a session changes nothing")
        self.assertEqual(self.simulator.summary()["requests"], 0)
        # Without a password: it cannot log in, and need not.
        rows = self.hac("flexsearch", QUERY, "--csv", "-m", "3").stdout.splitlines()
        self.assertEqual(len(rows), 4, rows)
        summary = self.simulator.summary()
        self.assertEqual((summary["requests"], summary["login_attempts"], summary["executed"]), (1, 0, 1))

    def test_our_touch_leaves_a_file_that_hac_client_core_still_takes(self):
        client, _ = self.core_logs_in()
        # Used a minute ago, so that our use is worth a write.
        file = self.session_file()
        session = json.loads(file.read_text())
        session["created_at"] -= 100
        session["last_used_at"] -= 60
        file.write_text(json.dumps(session, indent=2))
        self.hac("flexsearch", QUERY)
        touched = json.loads(file.read_text())
        self.assertGreater(touched.pop("last_used_at"), session.pop("last_used_at"), "the use was written down")
        self.assertEqual(touched, session, "and nothing else")
        loaded = self.core_manager().load_session(self.simulator.url, USER, LABEL)
        self.assertEqual(loaded.session_id, client.session_info.session_id)
        _, told = self.core_logs_in()
        self.assertIn("Using cached session", told)

    def test_hac_client_core_imports_what_we_simulate(self):
        client, _ = self.core_logs_in()
        done = client.import_impex("INSERT_UPDATE Language;isocode[unique=true]\n;xx\n")
        self.assertEqual((done.success, done.error, done.validation_errors), (True, None, []))
        self.assertEqual(done.output, "Import finished successfully")
        failed = client.import_impex("INSERT_UPDATE User;uid[unique=true];name\nNobody;a;b\n")
        self.assertEqual((failed.success, failed.error), (False, "Import has encountered problems."))
        self.assertEqual(
            failed.validation_errors,
            ["INSERT_UPDATE User;uid[unique=true];name", "Nobody,,,,'Nobody' is no type below User;a;b"],
        )
        self.assertEqual(failed.output, "\n".join(failed.validation_errors))
        sent = [dict(entry["form"]) for entry in self.simulator.ledger() if entry["executed"]]
        self.assertEqual([form["validationEnum"] for form in sent], ["IMPORT_STRICT", "IMPORT_STRICT"])
        rows = self.hac("flexsearch", "SELECT {isocode} FROM {Language} WHERE {isocode} = 'xx'", "--csv").stdout
        self.assertIn("xx", rows, "and it is there")
        # What it believes to have switched on is only a marker.
        code = client.import_impex("#% if: true\nINSERT Language;isocode\n;yy\n#% endif:\n")
        self.assertFalse(code.success)
        self.assertIn("code execution is not enabled", code.output)

    def test_our_results_have_what_those_of_hac_client_core_have(self):
        client, _ = self.core_logs_in()
        script = self.home / "failing.impex"
        script.write_text('INSERT_UPDATE User;uid[unique=true];name\nNobody;a;"two\nlines"\n')
        theirs = client.import_impex(script.read_text())
        ran = subprocess.run(
            [HAC, "impex", "-f", str(script), "--json"],
            env=self.environment | {"HAC_URL": self.simulator.url, "HAC_USERNAME": USER},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        self.assertEqual(ran.returncode, 1, ran.stderr)
        ours = json.loads(ran.stdout)
        self.assertEqual(ours["success"], theirs.success)
        self.assertEqual(ours["summary"], theirs.error)
        self.assertEqual(ours["output"].strip(), theirs.output)
        self.assertEqual(ours["validation_errors"], theirs.validation_errors)
        self.assertEqual([failure["line"] for failure in ours["failures"]], [2])

    def test_both_write_at_the_same_time_and_every_query_runs_once(self):
        queries = 50
        bystander = self.start_simulator()
        self.hac("session", "start", "--url", bystander.url, password=True)
        self.hac("session", "start", password=True)
        bystander.clear_ledger()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, USER, LABEL, self.simulator.url, bystander.url],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.assertEqual(writer.stdout.readline(), "writing\n")
        self.simulator.clear_ledger()
        markers = [f"SELECT {{code}}, '{number:03}' FROM {{Product}}" for number in range(queries)]
        try:
            for query in markers:
                self.hac("flexsearch", query, "--csv", "-m", "1", password=True)
        finally:
            told, _ = writer.communicate()
        writes = int(told)
        self.assertEqual(writer.returncode, 0)
        self.assertGreater(writes, queries, "the other one wrote all the while")
        executed = [dict(entry["form"])["flexibleSearchQuery"] for entry in self.simulator.ledger() if entry["executed"]]
        self.assertEqual(sorted(executed), markers)
        self.assertEqual(bystander.ledger(), [], "nothing went to the other host")
        print(f"  {queries} queries beside {writes} writes: {self.simulator.summary()['logins']} extra logins", file=sys.stderr)


    def test_hac_client_core_gets_of_an_update_what_it_documents(self):
        # It asks for init/data/ with a slash, which the newest release does not have.
        self.simulator = self.start_simulator("--release", "2211", "--update-seconds", "0")
        client, _ = self.core_logs_in()
        data = client.get_update_data()
        self.assertFalse(data.is_initializing)
        names = [extension.name for extension in data.project_datas]
        self.assertEqual(names, ["core", "basecommerce", "samplestore", "samplepatches"])
        self.assertEqual([extension.name for extension in data.extensions_with_parameters], names[1:])
        # It has visited the page of the update, without which there would be no patches.
        patches = data.get_patches_extension()
        self.assertEqual(patches.name, "samplepatches")
        first = patches.parameters[0]
        self.assertEqual((first.name, first.selected_value, first.available_values), ("Patch_2601_1_0", "no", ["yes", "no"]))

        pending = client.get_pending_patches()
        required = {category: [patch["hash"] for patch in of if patch["required"]] for category, of in pending.items()}
        self.assertTrue(all(required.values()), required)
        before = client.get_update_log()
        self.assertEqual((before.log_text, before.is_complete), ("", False))

        result = client.execute_update(
            patches={f"{patches.name}_{first.name}": "yes"},
            all_parameters={f"{patches.name}_sample": "true"},
            create_essential_data=True,
        )
        self.assertTrue(result.success and result.is_finished, result.log_text)
        self.assertIn(first.name, result.log_text)
        (sent,) = [entry for entry in self.simulator.ledger() if entry["path"].endswith("/platform/init/execute")]
        body = json.loads(sent["json"])
        self.assertEqual((body["initMethod"], body["patches"]), (None, required))
        log = client.get_update_log()
        self.assertTrue(log.is_complete)
        self.assertFalse(log.has_errors, log.log_text)
        left = client.get_pending_patches()
        self.assertEqual([patch["required"] for of in left.values() for patch in of], [False])

        # What it ran is what we see: the log, the patch's row, and a type system that was left alone.
        ours = json.loads(self.hac("update", "log", "--json").stdout)
        self.assertEqual("".join(ours["log"].split()), "".join(log.log_text.split()), "it joins a heading with what follows")
        self.assertEqual((ours["is_complete"], ours["has_errors"]), (True, False))
        rows = self.hac("flexsearch", f"{QUERY} WHERE {{code}} LIKE 'samplepatches%'", "--csv").stdout.split()
        self.assertEqual(rows[1:], [f"samplepatches-{first.name}"])
        self.assertNotIn("systemupdates", self.hac("flexsearch", "--sql", "SELECT name FROM sqlite_master", "--csv").stdout)


# Rewrites the sessions of hac until its standard input closes, by the two ways in which hac-client-core does so.
WRITER = textwrap.dedent(
    """
    import select, sys
    from hac_client_core import SessionManager
    manager, (user, label, *urls) = SessionManager(), sys.argv[1:]
    print("writing", flush=True)
    writes = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        for url in urls:
            key = (url, user, label)
            session = manager.load_session(*key)
            if session is not None:
                manager.save_session(*key, session.session_id, session.csrf_token, session.route_cookie)
                manager.touch_session(*key)
                writes += 2
    print(writes)
    """
)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hac", required=True, help="the program under test")
    options, rest = parser.parse_known_args()
    HAC = str(pathlib.Path(options.hac).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
