"""What a controller asks for: going online, whole builds, a long log, an archive."""
import asyncio
import os
import struct
import time

from javastream import Block, array_list, hash_map, instance

DURABLE = "org.jenkinsci.plugins.durabletask.FileMonitoringTask$FileMonitoringController$"
STRING = "Ljava/lang/String;"


def file_path(path):
    return instance("hudson.FilePath", custom=[Block(b"\0")], remote=(STRING, path))


def about(path, callable):
    return instance("hudson.FilePath$FileCallableWrapper", callable=("Lhudson/FilePath$FileCallable;", callable),
                    filePath=("Lhudson/FilePath;", file_path(path)))


def output_stream(stream):
    return instance("hudson.remoting.RemoteOutputStream", custom=[Block(struct.pack(">i", stream.number))])


def listener(stream):
    return instance("hudson.util.StreamTaskListener", custom=[output_stream(stream), "UTF-8"])


async def go_online(channel):
    """The calls that come before a controller takes a node for online, and the first run of the node monitors."""
    for request in [
        instance("hudson.slaves.SlaveComputer$SlaveVersion"),
        instance("hudson.slaves.SlaveComputer$CommunicationProtocol", 5456434590258227786),
        instance("hudson.slaves.SlaveComputer$DetectOS", -2305095165897831376),
        instance("hudson.slaves.SlaveComputer$DetectDefaultCharset", -5851131978410997033),
        instance("hudson.slaves.SlaveComputer$SlaveInitializer", ringBufferSize=("I", 256)),
        instance("hudson.slaves.ChannelPinger$SetUpRemotePing", -2702219700841759872,
                 pingIntervalSeconds=("I", 300), pingTimeoutSeconds=("I", 240)),
        instance("jenkins.slaves.StandardOutputSwapper$ChannelSwapper", 451125196505759342),
        instance("jenkins.util.SystemProperties$AgentCopier$CopySystemProperties",
                 snapshot=("Ljava/util/Map;", hash_map({}))),
        instance("hudson.remoting.PingThread$Ping"),
        instance("jenkins.slaves.restarter.JnlpSlaveRestarterInstaller$FindEffectiveRestarters", 9015462457743404715,
                 restarters=("Ljava/util/List;", array_list([]))),
    ]:
        await channel.ask(request)


def about_directory(path, task):
    """The monitors' way to ask something about a directory."""
    return instance("hudson.FilePath$CallableWith", **{
        "task": ("Lhudson/FilePath$FileCallable;", task), "this$0": ("Lhudson/FilePath;", file_path(path))})


async def monitor(channel, directory):
    data = instance("hudson.node_monitors.ResponseTimeMonitor$Data", past5=("[J", None))
    for request in [
        instance("hudson.node_monitors.ArchitectureMonitor$GetArchTask"),
        instance("hudson.model.Slave$GetClockDifference2", startTime=("J", int(time.time() * 1000))),
        instance("hudson.node_monitors.SwapSpaceMonitor$MonitorTask"),
        instance("hudson.node_monitors.ResponseTimeMonitor$Step2", start=("J", 1),
                 cur=("Lhudson/node_monitors/ResponseTimeMonitor$Data;", data)),
        about_directory(directory, instance("hudson.node_monitors.DiskSpaceMonitorDescriptor$GetUsableSpace")),
        about_directory(directory, instance("hudson.node_monitors.TemporarySpaceMonitor$GetTempSpace")),
    ]:
        await channel.ask(request)


class Build:
    """One build: its workspace and the variables by which its processes are known."""

    def __init__(self, channel, directory, job, number):
        self.channel, self.workspace, self.number = channel, "%s/workspace/%s" % (directory, job), number
        self.variables = {
            "BUILD_NUMBER": str(number), "BUILD_ID": str(number), "JOB_NAME": job, "JOB_BASE_NAME": job,
            "BUILD_TAG": "jenkins-%s-%d" % (job, number), "BUILD_URL": "https://ci/job/%s/%d/" % (job, number),
            "JENKINS_SERVER_COOKIE": os.urandom(8).hex(), "HUDSON_SERVER_COOKIE": os.urandom(8).hex(),
            "WORKSPACE": self.workspace,
        }

    async def file(self, path, name, suid=1, **fields):
        return await self.channel.ask(about(path, instance(name, suid, **fields)))

    async def launch(self, words, log, quiet=False, output=None, **variables):
        """Starts a process; returns the agent's number for it."""
        environment = [f"{name}={value}" for name, value in {**self.variables, **variables}.items()]
        answer = await self.channel.ask(instance(
            "hudson.Launcher$RemoteLaunchCallable", quiet=("Z", quiet), reverseStdout=("Z", output is None),
            reverseStderr=("Z", output is None), cmd=("Ljava/util/List;", array_list(words)),
            env=("[" + STRING, environment), listener=("Lhudson/model/TaskListener;", listener(log)),
            stdoutListener=("Lhudson/model/TaskListener;", listener(output) if output else None),
            workDir=(STRING, self.workspace)))
        process = answer["h"]["oid"]
        await self.channel.call(process, "getIOtriplet")
        return process

    async def shell(self, script, log):
        """A freestyle project's shell step; its output goes to the stream. Returns its exit status."""
        script = await self.file(
            self.workspace, "hudson.FilePath$CreateTextTempFile", inThisDirectory=("Z", False),
            contents=(STRING, "#!/bin/sh -xe\n" + script), prefix=(STRING, "jenkins"), suffix=(STRING, ".sh"))
        interpreter = await self.channel.ask(instance("hudson.tasks.Shell$DescriptorImpl$Shellinterpreter"))
        process = await self.launch([interpreter, "-xe", script], log, output=log)
        status = (await self.channel.call(process, "join"))["value"]
        await self.channel.call(process, "isAlive")
        # A controller lets go of the process when its garbage is collected.
        await self.channel.forget(process)
        await self.file(script, "hudson.FilePath$Delete")
        return status

    async def freestyle(self, script):
        """A whole build of a freestyle project; returns what it printed."""
        log = self.channel.stream()
        await self.file(self.workspace, "hudson.FilePath$Mkdirs")
        status = await self.shell(script, log)
        await self.kill()
        if status != 0:
            raise RuntimeError("the build ended with %d: %s" % (status, log.content.decode()))
        return log.content.decode()

    async def pipeline(self, script):
        """A pipeline's `node { sh … }`; returns what it printed."""
        control = self.workspace + "@tmp/durable-" + os.urandom(4).hex()
        self.variables["JENKINS_NODE_COOKIE"] = os.urandom(16).hex()
        await self.file(self.workspace, "org.jenkinsci.plugins.durabletask.AgentInfo$GetAgentInfo",
                        binaryVersion=(STRING, "1.2"))
        await self.file(self.workspace, "hudson.FilePath$Mkdirs")
        await self.file(control, "hudson.FilePath$Mkdirs")
        await self.file(control + "/script.sh", "hudson.FilePath$Write", content=(STRING, script),
                        encoding=(STRING, "UTF-8"))
        cookie = "durable-" + os.urandom(16).hex()
        wrapper = (
            f"({{ while [ -d '{control}' -a \\! -f '{control}/jenkins-result.txt' ]; do touch '{control}/jenkins-log.txt'"
            f"; sleep 3; done }} & jsc={cookie}; JENKINS_SERVER_COOKIE=$$jsc 'sh' -xe '{control}/script.sh' > "
            f"'{control}/jenkins-log.txt' 2>&1; echo $$? > '{control}/jenkins-result.txt.tmp'; mv "
            f"'{control}/jenkins-result.txt.tmp' '{control}/jenkins-result.txt'; wait) >&- 2>&- &")
        process = await self.launch(["nohup", "sh", "-c", wrapper], self.channel.stream(), quiet=True)
        await self.channel.forget(process)
        text, status = b"", None
        while status is None:
            # Jenkins asks after 0.25 seconds first, then ever more seldom.
            await asyncio.sleep(0.02)
            await self.file(self.workspace, "hudson.FilePath$IsDirectory")
            await self.channel.ask(instance(DURABLE + "TranscodingCharsetForSystemDefault", -4652530080013464339))
            status = await self.file(control + "/jenkins-result.txt", DURABLE + "StatusCheck", 5735394101254645562)
            log = self.channel.stream()
            await self.file(control + "/jenkins-log.txt", DURABLE + "WriteLog", 9158495538758751160,
                            lastLocation=("J", len(text)), sink=("Ljava/io/OutputStream;", output_stream(log)))
            text += log.content
        await self.file(control, "hudson.FilePath$DeleteRecursive")
        await self.kill()
        if status["value"] != 0:
            raise RuntimeError("the step ended with %d: %s" % (status["value"], text.decode()))
        return text.decode()

    async def kill(self):
        names = ["JENKINS_NODE_COOKIE"] if "JENKINS_NODE_COOKIE" in self.variables else [
            "BUILD_ID", "BUILD_NUMBER", "BUILD_TAG", "HUDSON_SERVER_COOKIE", "JENKINS_SERVER_COOKIE", "JOB_BASE_NAME",
            "JOB_NAME"]
        await self.channel.ask(instance("hudson.Launcher$RemoteLauncher$KillTask", modelEnvVars=(
            "Ljava/util/Map;", hash_map({name: self.variables[name] for name in names}))))

    async def archive(self, includes, sink):
        """`archiveArtifacts`; the archive goes to the sink. Returns how many files it has."""
        names = await self.file(
            self.workspace, "hudson.tasks.ArtifactArchiver$ListFiles", caseSensitive=("Z", True),
            defaultExcludes=("Z", True), followSymlinks=("Z", True), includes=(STRING, includes), excludes=(STRING, ""))
        names = [name for name in names["+java.util.HashMap"] if isinstance(name, str)][::2]
        stream = self.channel.stream(sink)
        pipe = instance("hudson.remoting.Pipe", custom=[Block(b"\1" + struct.pack(">i", stream.number))])
        answer = await self.file(
            self.workspace, "hudson.FilePath$CopyRecursiveRemoteToLocal",
            compression=("Lhudson/FilePath$TarCompression;", ("hudson.FilePath$TarCompression", "GZIP")),
            filenamesEncoding=(STRING, "UTF-8"), pipe=("Lhudson/remoting/Pipe;", pipe),
            scanner=("Lhudson/util/DirScanner;", instance(
                "hudson.FilePath$ExplicitlySpecifiedDirScanner",
                files=("Ljava/util/Map;", hash_map({name: name for name in names})))))
        await stream.ended.wait()
        return answer["value"]
