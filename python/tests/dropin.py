"""A program of the kind that scripts against hac-client-core: run on it and on this package, with the same simulator.

    python dropin.py URL PASSWORD NAMES CONTROL

Prints, as JSON, what each step returned, raised, and said on stderr.
"""

import contextlib
import dataclasses
import inspect
import io
import json
import os
import re
import sys
import typing
import urllib.request

import hac_client_core as core
import hac_client_core.auth
import hac_client_core.client
import hac_client_core.models
import hac_client_core.session

URL, PASSWORD = sys.argv[1:3]
QUERY = "SELECT {code} FROM {Product}"
LANGUAGE = "INSERT_UPDATE Language;isocode[unique=true]\n;xx\n"
steps = {}


def plain(value):
    if dataclasses.is_dataclass(value):
        return [type(value).__name__, {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def step(name, work):
    told = io.StringIO()
    with contextlib.redirect_stderr(told):
        try:
            outcome = {"returned": plain(work())}
        except Exception as error:
            bases = [cls.__name__ for cls in (core.HacAuthenticationError, core.HacClientError) if isinstance(error, cls)]
            outcome = {"raised": bases or [type(error).__name__], "text": str(error).split(":")[0]}
    steps[name] = outcome | {"stderr": told.getvalue()}


def signature(function):
    return [
        [parameter.name, str(parameter.kind), "-" if parameter.default is parameter.empty else repr(parameter.default)]
        for parameter in inspect.signature(function).parameters.values()
    ]


def interface(cls):
    found = {}
    members = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("hac_client_core"):
            members.update(vars(base))
    for name, member in members.items():
        if name.startswith("_") and name != "__init__":
            continue
        if inspect.isfunction(member):
            found[name] = signature(member)
        elif isinstance(member, property):
            found[name] = "property"
    if dataclasses.is_dataclass(cls):
        # Optional[str] and `str | None` are the same type.
        types = {name: str(typing.Optional[hint]) for name, hint in typing.get_type_hints(cls).items()}
        found["fields"] = [
            [field.name, types[field.name], "-" if field.default is dataclasses.MISSING else repr(field.default)]
            for field in dataclasses.fields(cls)
        ]
    found["bases"] = [base.__name__ for base in cls.__mro__ if base.__module__ != "typing"]
    return found


def new(password=PASSWORD, **settings):
    return core.HacClient(settings.pop("url", URL), core.BasicAuthHandler("admin", password), **settings)


names = [name for name in sys.argv[3].split(",") if name]
steps["interface"] = {name: interface(getattr(core, name)) for name in names}
steps["modules"] = {
    module: sorted(name for name in names if hasattr(getattr(core, module), name)) for module in ("auth", "client", "models", "session")
}

client = new()
steps["attributes"] = {
    name: repr(getattr(client, name))
    for name in ("base_url", "environment", "timeout", "ignore_ssl", "quiet", "session_info")
} | {"verify": client.http_session.verify, "manager": type(client.session_manager).__name__}
step("slashes", lambda: new(url=URL + "///").base_url)
step("no persistence", lambda: new(session_persistence=False).session_manager)
step("ignore_ssl", lambda: new(ignore_ssl=True).http_session.verify)

step("login", client.login)
steps["session"] = {
    "cookie": client.http_session.cookies.get("JSESSIONID") == client.session_info.session_id,
    "no cookie": client.http_session.cookies.get("NOTHING", "default"),
    "in jar": "JSESSIONID" in client.http_session.cookies,
    "info": [client.session_info.is_authenticated, client.session_info.route_cookie],
    "token": bool(client.session_info.csrf_token),
}
step("login again", client.login)
step("query", lambda: client.execute_flexiblesearch(QUERY, 3))
step("query by names", lambda: client.execute_flexiblesearch(query=QUERY, max_count=2, locale="de"))
step("default count", lambda: len(client.execute_flexiblesearch(QUERY).rows))
step("no rows", lambda: client.execute_flexiblesearch(QUERY + " WHERE {code} = 'nothing'"))
step("failed query", lambda: client.execute_flexiblesearch("SELECT {x FROM"))
step("failed query, success", lambda: client.execute_flexiblesearch("SELECT {x FROM").success)
step("empty query", lambda: client.execute_flexiblesearch(""))
step("script", lambda: client.execute_groovy("return 1"))
step("script by names", lambda: client.execute_groovy(script="return 1", commit=True))
step("import", lambda: client.import_impex(LANGUAGE))
for mode in ("import_strict", "import_relaxed", "IMPORT_STRICT", "nonsense"):
    step("import " + mode, lambda: client.import_impex(impex_content=LANGUAGE, validation_mode=mode))
step("failed import", lambda: client.import_impex("INSERT_UPDATE User;uid[unique=true];name\nNobody;a;b\n"))
step("empty import", lambda: client.import_impex(""))
step("pending patches", client.get_pending_patches)
step("update log", client.get_update_log)
step("update data", client.get_update_data)
step("patches extension", lambda: client.get_update_data().get_patches_extension())
step("update", lambda: client.execute_update({"samplepatches_Patch_2601_1_0": "yes"}, create_essential_data=True))
step("update with parameters", lambda: client.execute_update(all_parameters={"x_y": ["a", "b"], "z": True}, include_pending_patches=False))
step("finished", lambda: [client.execute_update().is_finished, client.get_update_log().is_complete, client.get_update_log().has_errors])



def raised_by(call, of):
    try:
        call(of)
    except core.HacAuthenticationError:
        return "HacAuthenticationError"


def fault(path):
    urllib.request.urlopen(urllib.request.Request(sys.argv[4] + "/faults/" + path, method="POST")).read()


for status in (401, 403):
    for path, call in (
        ("scripting", lambda of: of.execute_groovy("return 1")),
        ("flexsearch", lambda of: of.execute_flexiblesearch(QUERY)),
        ("impex", lambda of: of.import_impex(LANGUAGE)),
    ):
        refused = new(session_persistence=False, quiet=True)
        refused.login()
        fault(f"status?path=/{'import' if path == 'impex' else 'execute'}&status={status}")
        step(f"{path} answered with {status}", lambda: raised_by(call, refused))
        fault("clear")

for script in (client.execute_flexiblesearch(QUERY, 1), client.execute_groovy("return 1"), client.import_impex(LANGUAGE)):
    step(f"vars of {type(script).__name__}", lambda: sorted(vars(script)))
    step(f"made of vars of {type(script).__name__}", lambda: [type(script)(**vars(script)) == script, bool(json.dumps(vars(script)))])


def extension(name):
    parameters = [core.UpdateParameter("p", "p", {"yes": True})] if name.endswith(":x") else []
    return core.ProjectData(name.removesuffix(":x"), None, parameters)


for listed in ("", "core", "patches", "patches cchpatches", "patches patches:x cchpatches:x", "patchesx mypatches", "PATCHES AbPatches:x",
               "patchesext patches", "xpatches patches:x", "patchesx:x mypatches:x", "patchesx patches"):  # fmt: skip
    step(f"patches of {listed}", lambda: core.UpdateData(False, [extension(name) for name in listed.split()]).get_patches_extension())

for log in ("", "  x  ", "a<br>b<br/>c", "<b>Update finished</b>", "x &amp; y", "a\nb", "update completed"):
    step(f"log {log!r}", lambda: [core.UpdateLog(log).log_text, core.UpdateLog(log).is_complete, core.UpdateResult(True, log).log_text])

cleared = new(quiet=True)
cleared.login()
cleared.session_manager.clear_all_sessions()
step("login after the sessions were cleared", cleared.login)
step("stored again", lambda: len(cleared.session_manager.list_sessions()))
client.login()


class Hooked(core.HacClient):
    def _setup_auth_interceptor(self):
        self.http_session.headers["X-Mine"] = "1"


step("interceptor hook", lambda: Hooked(URL, core.BasicAuthHandler("admin", PASSWORD)).http_session.headers.get("X-Mine"))

cached = new()
step("cached login", cached.login)
step("cached query", lambda: cached.execute_flexiblesearch(QUERY, 1))
step("cached script", lambda: cached.execute_groovy("return 1"))
step("lazy", lambda: new(session_persistence=False).execute_flexiblesearch(QUERY, 1))
step("quiet", lambda: new(quiet=True).execute_groovy("return 1"))
step("wrong password", new("wrong", session_persistence=False).login)
step("wrong password in a call", lambda: new("wrong", session_persistence=False).execute_groovy("1"))
step("nobody there", new(url="http://127.0.0.1:1").login)
step("nobody there in a call", lambda: new(url="http://127.0.0.1:1").execute_groovy("1"))
step("no scheme", lambda: new(url="localhost:9002").login())
step("timeout 0", lambda: new(timeout=0).login())
step("timeout None", lambda: new(timeout=None).login())


def assigned():
    other = new("unknown", session_persistence=False)
    info = client.session_info
    other.session_info = core.SessionInfo(info.session_id, info.csrf_token, info.route_cookie, True)
    other.http_session.cookies.set("JSESSIONID", info.session_id)
    return other


step("assigned", lambda: assigned().execute_groovy("return 1"))

manager = core.SessionManager()
folder = manager.cache_dir
(listed,) = [session for session in manager.list_sessions() if session.base_url == URL]
step("load", lambda: manager.load_session(URL, "admin", "local") == listed)
step("load nothing", lambda: manager.load_session(URL, "admin", "elsewhere"))
steps["file"] = {
    "names": [re.sub("[0-9a-f]{32}", "MD5", name) for name in sorted(os.listdir(folder)) if name.startswith("session_")],
    "fields": list(json.loads(next(folder.glob("session_*.json")).read_text())),
    "indent": next(folder.glob("session_*.json")).read_text().splitlines()[1].startswith('  "'),
}
step("formatted", lambda: bool(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", listed.created_at_formatted)))
step("ages", lambda: [0 <= listed.idle_seconds < 600, 0 <= listed.age_seconds < 600])
step("save", lambda: manager.save_session("http://h/", "u", "e", "sid", "token", "ROUTE=.r1"))
step("saved", lambda: [session.route_cookie for session in manager.list_sessions() if session.username == "u"])
step("touch", lambda: manager.touch_session("http://h/", "u", "e"))
step("remove", lambda: manager.remove_session("http://h/", "u", "e"))
step("remove nothing", lambda: manager.remove_session("http://h/", "u", "e"))
step("clear", manager.clear_all_sessions)

step("equal", lambda: core.ImpexResult(True, "x") == core.ImpexResult(success=True, output="x", validation_errors=[]))
step("repr", lambda: repr(core.FlexibleSearchResult(["a"], [["1"]], 1)))
step("groovy success", lambda: [core.GroovyScriptResult("", "", trace).success for trace in (None, "", " ", "x")])
step("search success", lambda: [core.FlexibleSearchResult([], [], 0, exception=told).success for told in (None, "x")])
step("parameter", lambda: [core.UpdateParameter("n", "l", {"a": False, "b": True}).selected_value, core.UpdateParameter("n", "l", {}).selected_value])
step("errors", lambda: [str(core.HacClientError("a")), core.HacClientError("a", 1).args, issubclass(core.HacAuthenticationError, core.HacClientError)])
step("hooks", lambda: sorted(core.AuthHandler.__abstractmethods__))

print(json.dumps(steps).replace(URL, "URL"))
