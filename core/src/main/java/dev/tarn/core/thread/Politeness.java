package dev.tarn.core.thread;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/// Lets a thread of background work give way to the threads that answer requests.
public final class Politeness {
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;
    /// A tenth of the share of another thread.
    private static final int NICENESS = 10;

    private Politeness() {}

    /// Makes the system prefer other threads to the calling one, a platform thread, from now on. Only on Linux, where
    /// each thread has a niceness of its own: see `setpriority(2)`. Java's own priorities do nothing there.
    @SuppressWarnings("restricted")
    public static void giveWay() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle setPriority = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setpriority"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
        try {
            // Refused or not, the work goes on.
            int ignored = (int) setPriority.invokeExact(PRIO_PROCESS, THIS_THREAD, NICENESS);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
