package dev.tarn.orchestrate;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;

/// A process as others see it in the database: whether it is alive is asked of the system on its own machine, and
/// of the time that it was last heard of elsewhere.
///
/// @param host the machine it runs on
/// @param pid its id there; ids are used again
/// @param started when it started, in milliseconds
public record OwnProcess(String host, long pid, long started) {
    /// A process of another machine that has not been heard of for so long is lost.
    public static final Duration SILENCE_MAX = Duration.ofSeconds(90);

    /// How often a process says that it is there.
    public static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /// This one.
    public static OwnProcess current() {
        ProcessHandle process = ProcessHandle.current();
        return new OwnProcess(thisHost(), process.pid(), startedAt(process));
    }

    /// Whether the process is alive.
    ///
    /// @param heardAt when it last said so
    public boolean isAlive(Instant heardAt, Instant now) {
        if (!host.equals(thisHost())) {
            return heardAt.isAfter(now.minus(SILENCE_MAX));
        }
        return ProcessHandle.of(pid)
                .map(process -> process.isAlive() && startedAt(process) == started)
                .orElse(false);
    }

    private static long startedAt(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    private static String thisHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
