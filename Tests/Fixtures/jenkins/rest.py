"""Jenkins' web interface as far as an agent's registration uses it, for controller.py.

There are two controllers: one at / and one at /jenkins/. Users authenticate by `user:token`; `boss` has a password too,
with which a POST needs a crumb and the session it was given in. Permissions are Jenkins' own. Nodes are kept as the
bytes of their config.xml. GET /requests lists what was asked; POST /offline?node=N&message=M is a person at the node's
page; POST /forget?node=N ends a node's connection as versions before 2.482 see it: they forget why it was offline.
"""
import base64
import hashlib
import html
import json
import re
import urllib.parse

ALL = {"Overall/Read", "Agent/Create", "Agent/Configure", "Agent/Connect", "Agent/Disconnect"}
USERS = {
    "boss": ({"token-of-boss": "token", "pass word": "password"}, ALL),
    "reader": ({"token-of-reader": "token"}, {"Overall/Read"}),
    "maker": ({"token-of-maker": "token"}, {"Overall/Read", "Agent/Create", "Agent/Configure"}),
    "worker": ({"token-of-worker": "token"}, ALL - {"Agent/Disconnect"}),
}
IDS = {"Overall/Read": "hudson.model.Hudson.Read", "Agent/Create": "hudson.model.Computer.Create",
       "Agent/Configure": "hudson.model.Computer.Configure",
       "Agent/ExtendedRead": "hudson.model.Computer.ExtendedRead", "Agent/Connect": "hudson.model.Computer.Connect",
       "Agent/Disconnect": "hudson.model.Computer.Disconnect"}
CRUMB, SESSION = "c0ffee", "JSESSIONID.1=node01"
PRESENT = """<?xml version="1.1" encoding="UTF-8"?>
<slave plugin="x@1" >
  <!-- <label>not this one</label> -->
  <name>old</name>
  <remoteFS>/srv/agent</remoteFS>
  <numExecutors>1</numExecutors>
  <mode>EXCLUSIVE</mode>
  <launcher class="hudson.slaves.JNLPLauncher">
    <webSocket>false</webSocket><label>nor this</label>
  </launcher>
  <label>a&amp;b  linux</label>
  <nodeProperties>
    <hudson.slaves.EnvironmentVariablesNodeProperty>
      <envVars serialization="custom"><label>LABEL</label><string>x &lt; &quot;y&quot;&#x9;</string></envVars>
      <numExecutors>77</numExecutors><![CDATA[</slave><label>]]>
    </hudson.slaves.EnvironmentVariablesNodeProperty>
  </nodeProperties>
</slave>
"""
SSH = """<?xml version="1.1" encoding="UTF-8"?>
<slave><name>ssh</name><launcher class="hudson.plugins.sshslaves.SSHLauncher"/><label/></slave>"""


class Controller:
    def __init__(self):
        self.nodes = {"old": PRESENT.encode(), "ssh": SSH.encode()}
        self.offline = {}

    def secret(self, name):
        return hashlib.sha256(name.encode()).hexdigest()


controllers = {"": Controller(), "/jenkins": Controller()}
requests = []


def knows(name, secret):
    """Whether a node of any controller has this secret; `None` when there is no such node."""
    if not any(name in c.nodes for c in controllers.values()):
        return None
    return secret == controllers[""].secret(name)


def made(form):
    """The config.xml of a node made from the form of Jenkins' own page."""
    assert form["type"] == "hudson.slaves.DumbSlave" and form["mode"] in ("NORMAL", "EXCLUSIVE")
    for kind in ("launcher", "retentionStrategy"):
        assert form[kind]["stapler-class"] == form[kind]["$class"], form
    assert "tunnel" not in form["launcher"] and form["nodeProperties"] == {"stapler-class-bag": "true"}

    def text(key):
        return html.escape(str(form[key]), quote=False)
    return ("""<?xml version="1.1" encoding="UTF-8"?>
<slave>
  <name>%s</name>
  <description>%s</description>
  <remoteFS>%s</remoteFS>
  <numExecutors>%d</numExecutors>
  <mode>%s</mode>
  <retentionStrategy class="%s"/>
  <launcher class="%s">
    <webSocket>%s</webSocket>
  </launcher>
  <label>%s</label>
  <nodeProperties/>
</slave>""" % (text("name"), text("nodeDescription"), text("remoteFS"), form["numExecutors"], form["mode"],
               form["retentionStrategy"]["$class"], form["launcher"]["$class"],
               str(form["launcher"]["webSocket"]).lower(), text("labelString"))).encode()


def answer(method, target, headers, body):
    """A request's status, header fields and content."""
    path, _, query = target.partition("?")
    if path == "/requests":
        return 200, {}, json.dumps(requests).encode()
    status, fields, content = route(method, path, dict(urllib.parse.parse_qsl(query)), headers, body)
    requests.append("%s %s %d" % (method, target, status))
    if status not in (401,):
        fields["X-Jenkins"] = "2.452"
    return status, fields, content


def route(method, path, query, headers, body):
    prefix = "/jenkins" if path.startswith("/jenkins/") else ""
    here, path = controllers[prefix], urllib.parse.unquote(path[len(prefix):])
    if path == "/offline":
        here.offline[query["node"]] = ("UserCause", query["message"])
        return 200, {}, b""
    if path == "/forget":
        here.offline[query["node"]] = ("ChannelTermination", "java.nio.channels.ClosedChannelException")
        return 200, {}, b""
    kind, user, secret = "", "", ""
    if headers.get("authorization", "").startswith("Basic "):
        user, _, secret = base64.b64decode(headers["authorization"][6:]).decode().partition(":")
        kind = USERS.get(user, ({}, 0))[0].get(secret, "")
    if not kind:
        return 401, {"WWW-Authenticate": 'Basic realm="Jenkins"'}, b"Invalid password/token for user: " + user.encode()
    if path == "/crumbIssuer/api/json":
        crumb = {"crumb": CRUMB, "crumbRequestField": "Jenkins-Crumb"}
        return 200, {"Set-Cookie": SESSION + "; Path=/; HttpOnly"}, json.dumps(crumb).encode()
    if method == "POST" and kind == "password" and not (
            headers.get("jenkins-crumb") == CRUMB and headers.get("cookie") == SESSION):
        return 403, {}, b"HTTP ERROR 403 No valid crumb was included in the request"

    def lacks(permission):
        return permission not in USERS[user][1]

    def denied(permission):
        return 403, {"X-Required-Permission": IDS[permission]}, b"Access Denied"
    if path == "/api/json":
        return 200, {}, b'{"_class":"hudson.model.Hudson"}'
    if path == "/computer/doCreateItem" and method == "POST":
        if lacks("Agent/Create"):
            return denied("Agent/Create")
        name = query["name"]
        if name in here.nodes:
            return 400, {}, b"Agent called '%s' already exists" % name.encode()
        if re.search(r"[?*/\\%!@#$^&|<>\[\]:;]", name):
            return 400, {"X-Error": "unsafe character in the name"}, b""
        assert query["type"] == "hudson.slaves.DumbSlave$DescriptorImpl"
        form = json.loads(dict(urllib.parse.parse_qsl(body.decode()))["json"])
        form["name"] = name
        here.nodes[name] = made(form)
        return 302, {"Location": prefix + "/computer/"}, b""
    match = re.fullmatch(r"/computer/([^/]+)/(.*)", path)
    if not match or match[1] not in here.nodes:
        return 404, {}, b"Not Found"
    name, action = match.groups()
    if action == "config.xml" and method == "GET":
        return denied("Agent/ExtendedRead") if lacks("Agent/Configure") else (200, {}, here.nodes[name])
    if action == "config.xml":
        if lacks("Agent/Configure"):
            return denied("Agent/Configure")
        here.nodes[name] = body
        return 200, {}, b""
    # Versions before 2.264 have this one under its older name only.
    if action == ("slave-agent.jnlp" if prefix else "jenkins-agent.jnlp"):
        if lacks("Agent/Connect"):
            return denied("Agent/Connect")
        content = "<jnlp><application-desc><argument>%s</argument><argument>%s</argument></application-desc></jnlp>"
        return 200, {}, (content % (here.secret(name), html.escape(name))).encode()
    if action == "api/json":
        cause, reason = here.offline.get(name, (None, ""))
        shown = {"_class": "hudson.slaves.SlaveComputer", "temporarilyOffline": cause is not None,
                 "offlineCauseReason": reason,
                 "offlineCause": cause and {"_class": "hudson.slaves.OfflineCause$" + cause}}
        return 200, {}, json.dumps(shown).encode()
    if action == "toggleOffline" and method == "POST":
        permission = "Agent/Connect" if name in here.offline else "Agent/Disconnect"
        if lacks(permission):
            return denied(permission)
        if name in here.offline:
            del here.offline[name]
        else:
            here.offline[name] = ("UserCause", query.get("offlineMessage", ""))
        return 302, {"Location": "."}, b""
    return 404, {}, b"Not Found"
