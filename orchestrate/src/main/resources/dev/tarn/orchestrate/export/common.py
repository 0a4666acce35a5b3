# Made by 'tarn export'; make it anew when the project's graph changes.
#
# Each task asks Tarn's server for one step and waits until it is done. The key of what it asks for is made from the
# run of this file, so that a task that is repeated does not do its work twice. TARN_URL says where the server is,
# TARN_TOKEN holds a token if it wants one.
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request

PROJECT = @PROJECT@
TARN_URL = os.environ.get("TARN_URL", @URL@).rstrip("/")
CRON = @CRON@
ZONE = @ZONE@

# What is built in an environment, each step with those before it.
BUILT = {
@BUILT@}

# What follows when that was published.
AFTER = {
@AFTER@}

POLL_SECONDS = 2
TRIES = 50


def call(method, path, body=None):
    request = urllib.request.Request(
        TARN_URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    if os.environ.get("TARN_TOKEN"):
        request.add_header("Authorization", "Bearer " + os.environ["TARN_TOKEN"])
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
            return json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        raise RuntimeError("%s %s: %s %s" % (method, path, error.code, error.read().decode())) from None


def environment_of(run_id):
    return "dag-" + re.sub(r"[^a-z0-9]+", "-", run_id.lower()).strip("-")[:80]


def build(step, run_id, environment="main"):
    """Asks for a step and waits. A key whose request failed is not used again."""
    for number in range(1, TRIES):
        key = "dag/%s/%s/%s/%d" % (PROJECT, run_id, step, number)
        asked = call("POST", "/api/runs", {
            "key": key,
            "select": [step],
            "environment": environment,
            "reason": "the run " + run_id + " of a DAG",
        })
        if asked["state"] not in ("FAILED", "CANCELLED"):
            break
    while not asked["over"]:
        time.sleep(POLL_SECONDS)
        asked = call("GET", "/api/run-request?" + urllib.parse.urlencode({"key": key}))
    if asked["state"] != "DONE":
        raise RuntimeError("%s: %s: %s" % (step, asked["state"], asked["error"]))
    return asked["run"]


def publish(run_id):
    """Makes all that was built visible at once; a second time there is nothing to publish."""
    environment = environment_of(run_id)
    if any(each["name"] == environment for each in call("GET", "/api/environments")):
        call("POST", "/api/environments/" + urllib.parse.quote(environment) + "/publish")


def task_name(step):
    return re.sub(r"[^A-Za-z0-9_]+", "__", step)


