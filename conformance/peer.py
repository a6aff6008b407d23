"""Lets the suite ask hac-client-core the same questions as this project's own client.

A command a line on standard input, an answer a line on standard output, both in JSON; ends when its input does:

    {"do": "client", "url": …, "user": …, "password": …, "environment": …, "keep": bool}   answers {}
    {"do": "script" | "query", "text": …, "times": n}                                      answers {"outcomes": […]}

The calls of one command are made at once, each in a thread of its own. An outcome is {"answer": …} or {"error": …}, with the
name of the exception and the HTTP status in its text, if there is one.
"""

import concurrent.futures
import json
import re
import sys

import hac_client_core


def outcome(call) -> dict:
    try:
        return {"answer": str(call())}
    except Exception as error:
        status = re.search(r"\b[45]\d\d\b(?= (?:Client|Server) Error)|(?<=HTTP )\d{3}|(?<=status )\d{3}", str(error))
        return {"error": type(error).__name__ + (f" ({status.group()})" if status else ""), "text": str(error)}


def new_client(asked: dict) -> hac_client_core.HacClient:
    return hac_client_core.HacClient(
        asked["url"],
        hac_client_core.BasicAuthHandler(asked["user"], asked["password"]),
        environment=asked["environment"],
        session_persistence=asked["keep"],
        # The certificates of the suite are its own, and there is no way to pin one.
        ignore_ssl=True,
        quiet=True,
    )


def main() -> None:
    client = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "client":
            client = new_client(asked)
            answer = {}
        else:
            text = asked["text"]
            if asked["do"] == "script":
                call = lambda: client.execute_groovy(text, commit=True).execution_result
            else:
                call = lambda: client.execute_flexiblesearch(text).rows
            with concurrent.futures.ThreadPoolExecutor(asked["times"]) as threads:
                begun = [threads.submit(outcome, call) for _ in range(asked["times"])]
                answer = {"outcomes": [one.result() for one in begun]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
