"""Measures an installed agent against the scripted controller: see Tests/Benchmarks/jenkins.sh."""
import argparse
import asyncio
import io
import os
import ssl
import statistics
import subprocess
import sys
import time

import builds
from agent import Agent
from builds import Build
from channel import Channel, Stream, controller
from javastream import instance

parser = argparse.ArgumentParser()
parser.add_argument("prefix")
parser.add_argument("work")
parser.add_argument("--starts", type=int, default=5)
parser.add_argument("--idle", type=float, default=60, help="seconds")
parser.add_argument("--builds", type=int, default=500)
parser.add_argument("--log", type=int, default=200, help="MB")
parser.add_argument("--archive", type=int, default=1000, help="MB")
options = parser.parse_args()
broken = []


def check(label, value, unit, most=None, least=None, note=""):
    """Prints a figure and holds it to its budget."""
    kept = (most is None or value <= most) and (least is None or value >= least)
    budget = f"  at most {most:g}" if most is not None else f"  at least {least:g}" if least is not None else ""
    print(f"  {label:44} {value:9.3f} {unit:4}{budget}{note}{'' if kept else '  BROKEN'}", flush=True)
    if not kept:
        broken.append(label)


def check_memory(agent, when, resident, anonymous, note=""):
    memory = agent.memory()
    check(f"resident, {when}", memory["resident"], "MB", most=resident, note=note)
    check(f"  of it anonymous", memory["anonymous"], "MB", most=anonymous)
    check(f"  proportional share", memory["proportional"], "MB")
    return memory


async def start(port):
    """Starts an agent; returns it, its channel, and the seconds until it was online."""
    agent = Agent(options.prefix, options.work, port)
    channel = await asyncio.wait_for(Channel.accept(), 30)
    await builds.go_online(channel)
    return agent, channel, time.monotonic() - agent.started


async def stop(agent, channel):
    waiting = asyncio.get_running_loop().run_in_executor(None, agent.stop)
    if await waiting != 0:
        broken.append("the agent ended with an error")
    await channel.close()


async def run_builds(channel, directory, numbers):
    """Short builds, freestyle and pipeline in turn."""
    for number in numbers:
        word = f"hello {number}"
        if number % 2:
            text = await Build(channel, directory, "freestyle", number).freestyle(f"echo {word}; pwd\n")
        else:
            text = await Build(channel, directory, "pipeline", number).pipeline(f"echo {word}; pwd\n")
        assert f"\n{word}\n" in text, text


async def measure_builds(agent, channel):
    at = []
    seconds = 0
    counts = [0] + [count for count in (100, options.builds) if count <= options.builds]
    for first, last in zip(counts, counts[1:]):
        begun = time.monotonic()
        await run_builds(channel, agent.directory, range(first, last))
        seconds += time.monotonic() - begun
        if last == 100:
            check_memory(agent, "after 100 builds", 28, 12)
        # What waiting does not need is given back every 15 seconds.
        await asyncio.sleep(17)
        at.append((agent.memory(), agent.descriptors()))
    check(f"one build, mean of {options.builds}", seconds / options.builds * 1000, "ms")
    check("resident, growth since the 100th build", at[-1][0]["resident"] - at[0][0]["resident"], "MB", most=1)
    check("anonymous, growth since the 100th build", at[-1][0]["anonymous"] - at[0][0]["anonymous"], "MB", most=1)
    return at[-1][1]


async def measure_left_overs(agent, channel, descriptors, before):
    check("descriptors, growth since the start", descriptors - before, "", most=0)
    exports = await channel.ask(instance("hudson.model.Computer$DumpExportTableTask"))
    check("objects that the agent still gives", len(exports.splitlines()), "", most=0)
    check("streams that the controller still gives", len(channel.streams), "", most=0)
    check("processes left", len(agent.children()), "", most=0)
    left = [os.path.join(top, name) for top in (agent.directory, agent.state) for top, _, names in os.walk(top)
            for name in names if not top.endswith(("/.agent", "/workspaces"))]
    check("files left", len(left), "", most=0, note=" " + " ".join(left[:3]))


async def capacity(port, size):
    """The bytes a second that the scripted controller itself takes."""
    stream = Stream(keeps=False)
    peer = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "flood.py"), str(port),
                             options.work + "/ca.pem", str(stream.number), str(size)])
    channel = await asyncio.wait_for(Channel.accept(), 30)
    channel.streams[stream.number] = stream
    begun = time.monotonic()
    while stream.count < size:
        await asyncio.sleep(0.005)
    seconds = time.monotonic() - begun
    await channel.close()
    peer.wait(timeout=30)
    return size / seconds


async def measure_log(agent, channel, port):
    size = options.log * 1_000_000
    most = await capacity(port, size)
    build = Build(channel, agent.directory, "log", 1)
    await build.file(build.workspace, "hudson.FilePath$Mkdirs")
    log = channel.stream(keeps=False)
    agent.forget_peak()
    busy, begun = agent.processor(), time.monotonic()
    own = time.process_time()
    await build.shell(f"yes 'a line of a log, about as long as the lines of logs are' | head -c {size}", log)
    seconds = time.monotonic() - begun
    assert log.count >= size, f"{log.count} bytes of a log of {size}"
    check(f"log of {options.log} MB", size / seconds / 1e6, "MB/s")
    check("  most that the controller takes", most / 1e6, "MB/s")
    check("  ratio", size / seconds / most, "", least=0.4)
    check("  processor time of the agent", agent.processor() - busy, "s")
    check("  processor time of the controller", time.process_time() - own, "s")
    check("  peak resident", agent.peak(), "MB")
    await build.kill()


async def measure_archive(agent, channel):
    build = Build(channel, agent.directory, "archive", 1)
    os.makedirs(build.workspace)
    make_tree(build.workspace)
    tree = build.workspace + "/tree"
    begun = time.monotonic()
    subprocess.run(["tar", "czf", options.work + "/peer.tar.gz", "-C", tree, "."], check=True)
    peer = time.monotonic() - begun
    agent.forget_peak()
    busy, begun = agent.processor(), time.monotonic()
    with open(options.work + "/ours.tar.gz", "wb") as sink:
        files = await build.archive("tree/**", sink)
    seconds = time.monotonic() - begun
    assert files == options.archive, files
    subprocess.run(["tar", "dzf", options.work + "/ours.tar.gz", "-C", build.workspace], check=True)
    check(f"archive of {options.archive} MB", options.archive / seconds, "MB/s")
    check("  tar czf of the same tree", options.archive / peer, "MB/s")
    check("  ratio", peer / seconds, "", least=0.9)
    check("  processor time of the agent", agent.processor() - busy, "s")
    check("  peak resident", agent.peak(), "MB")


def make_tree(directory):
    """Files of a megabyte: three of four are text, one cannot be compressed."""
    os.mkdir(directory + "/tree")
    for number in range(options.archive):
        if number % 4 == 0:
            content = os.urandom(1_000_000)
        else:
            text = io.StringIO()
            for line in range(20_000):
                text.write(f"{line * 7919 % 99991} [{number}] compiling module {line % 977} of {line * number % 7}\n")
            content = text.getvalue().encode()[:1_000_000]
        with open(f"{directory}/tree/{number}", "wb") as file:
            file.write(content)


async def main():
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(options.work + "/server.pem")
    port = controller.port(await controller.listen(tls))
    # Larger, it would have been linked with all of Foundation: see .ci/install.
    check("program", os.path.getsize(options.prefix + "/bin/journeyman-agent") / 1e6, "MB", most=24)
    seconds = []
    for number in range(options.starts):
        agent, channel, one = await start(port)
        seconds.append(one)
        if number < options.starts - 1:
            await stop(agent, channel)
    check(f"start to online, median of {options.starts}", statistics.median(seconds), "s", most=0.6)
    await builds.monitor(channel, agent.directory)
    await asyncio.sleep(5)
    check_memory(agent, "idle over wss", 20, 8, note=" (the goal is 15)")
    before = agent.descriptors()
    busy = agent.processor()
    await asyncio.sleep(options.idle)
    check("processor while idle", (agent.processor() - busy) / options.idle * 100, "%", most=0.1)
    check_memory(agent, f"after {options.idle:g} idle seconds", 20, 8)
    descriptors = await measure_builds(agent, channel)
    await measure_left_overs(agent, channel, descriptors, before)
    await measure_log(agent, channel, port)
    await measure_archive(agent, channel)
    await asyncio.sleep(3)
    check_memory(agent, "in the end", 28, 12)
    await stop(agent, channel)
    if broken:
        sys.exit("budgets broken: " + ", ".join(broken))


asyncio.run(main())
