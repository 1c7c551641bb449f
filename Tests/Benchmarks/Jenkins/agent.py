"""The agent's process: starting it, and what the kernel says of it."""
import atexit
import os
import signal
import subprocess
import time


class Agent:
    def __init__(self, prefix, work, port):
        self.directory, self.state = work + "/node", work + "/state"
        self.log = work + "/agent.log"
        configuration = work + "/agent.conf"
        with open(work + "/secret", "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write("right\n")
        with open(configuration, "w") as file:
            file.write(f"""[agent]
  workdir = {self.state}
  executors = 4
[controller "benchmark"]
  type = jenkins
  url = https://localhost:{port}/
  node = builder
  workdir = {self.directory}
  secretFile = {work}/secret
  caFile = {work}/ca.pem
""")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [prefix + "/bin/journeyman", "agent", "start", "--config", configuration],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.log, "a"))
        # Also when the measurement fails.
        atexit.register(self.process.kill)

    @property
    def place(self):
        return "/proc/%d" % self.process.pid

    def memory(self):
        """Resident, anonymous and proportional memory in MB, of 1,000,000 bytes."""
        with open(self.place + "/smaps_rollup") as file:
            sizes = {line.split(":")[0]: int(line.split()[1]) for line in file if line.endswith("kB\n")}
        return {"resident": sizes["Rss"] * 1024e-6, "anonymous": sizes["Anonymous"] * 1024e-6,
                "proportional": sizes["Pss"] * 1024e-6}

    def peak(self):
        """The most resident memory since the last call of `forget_peak`, in MB."""
        with open(self.place + "/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024e-6

    def forget_peak(self):
        with open(self.place + "/clear_refs", "w") as file:
            file.write("5")

    def processor(self):
        """Seconds of processor time, in ticks of 10 ms."""
        with open(self.place + "/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(self.place + "/fd"))

    def threads(self):
        return len(os.listdir(self.place + "/task"))

    def children(self):
        """The processes it has started that live, and theirs."""
        found, rest = [], [self.process.pid]
        while rest:
            pid = rest.pop()
            try:
                for thread in os.listdir("/proc/%d/task" % pid):
                    with open(f"/proc/{pid}/task/{thread}/children") as file:
                        rest += map(int, file.read().split())
            except FileNotFoundError:
                continue
            found.append(pid)
        return found[1:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)
