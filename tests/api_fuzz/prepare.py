"""Signs in to the demo and writes what schemathesis needs to know: token and codes that exist.

prepare.py READY_FILE ROLE FOLDER   writes FOLDER/schemathesis.toml and FOLDER/token
prepare.py READY_FILE --check FOLDER   fails when the token of FOLDER no longer works

Without real codes nearly every request would end at 404 and try nothing behind it. For the admin
they are mixed with generated ones; for the other roles the codes in a path are always real.
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request


def call(address, method, path, body=None, token=None):
    request = urllib.request.Request(address + path, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=30) as answer:
        return json.load(answer)


def codes(address, token, path, name):
    """Codes of a list; a role that may not read it gets none."""
    try:
        return [item[name] for item in call(address, "GET", path, token=token)["items"]][:20]
    except urllib.error.HTTPError as error:
        if error.code in (403, 404, 405):
            return []
        raise


def settings(ready, role, token):
    address, village = ready["address"], ready["village"]
    root = f"/api/v1/villages/{village}"
    known = {
        "village": [village],
        "household": codes(address, token, f"{root}/households", "code"),
        "station": [ready["station"]] if "station" in ready else codes(address, token, f"{root}/stations", "code"),
        "rule": codes(address, token, f"{root}/rules", "code"),
    }
    lines = ["[headers]", f"Authorization = {json.dumps('Bearer ' + token)}", ""]
    for name, values in known.items():
        if values:
            lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}", ""]
    lines.append("[parameters]")
    for name, places in {
        "village": ["path.village"],
        "household": ["path.household", "path.h", "body.household"],
        "station": ["path.station"],
        "rule": ["body.rule"],
    }.items():
        for place in places if known[name] else []:
            # A dictionary is not used by the coverage phase, a fixed value is.
            if role != "admin" and place.startswith("path."):
                lines.append(f'"{place}" = {json.dumps(known[name][0])}')
                continue
            lines.append(f'"{place}" = {{ dictionary = "{name}", probability = 0.85 }}')
    # Signing itself out would leave the rest of the run in front of a closed door.
    lines += ["", "[[operations]]", 'include-name = "DELETE /api/v1/session"', "enabled = false", ""]
    return "\n".join(lines)


def main():
    ready = json.loads(pathlib.Path(sys.argv[1]).read_text())
    role, folder = sys.argv[2], pathlib.Path(sys.argv[3])
    address = ready["address"]
    if role == "--check":
        token = (folder / "token").read_text()
        call(address, "GET", f"/api/v1/villages/{ready['village']}/households?limit=1", token=token)
        return
    login = next((login for login in ready["logins"] if login["role"] == role), None)
    if login is None:
        sys.exit(f"the demo has no login with the role {role}; it has {[login['role'] for login in ready['logins']]}")
    token = call(
        address, "POST", "/api/v1/session", {"username": login["username"], "password": login["password"]}
    )["token"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "token").write_text(token)
    (folder / "schemathesis.toml").write_text(settings(ready, role, token))


if __name__ == "__main__":
    main()
