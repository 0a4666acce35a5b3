package dev.tarn.core.thread;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// Background computing in the time that no other thread wants, so that requests do not wait for it.
public final class IdleTime {
    private static final int SCHED_IDLE = 5;
    private static final int THIS_THREAD = 0;

    private IdleTime() {}

    /// Computes on a platform thread of its own and waits for it. The thread must hold no lock that others wait for: on
    /// a busy machine it may hardly run. Where the system is not Linux, it runs like any other.
    ///
    /// @param name of the thread
    /// @throws TarnException `CANCELLED` when the waiting thread is interrupted; the work goes on
    public static <T> T compute(String name, Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(() -> {
            giveWay();
            return work.get();
        });
        Thread.ofPlatform().daemon().name(name).start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted while " + name + " worked", e);
        }
    }

    /// Makes the system run the calling thread only when no other thread wants the processor: see `sched(7)`. Java's
    /// own priorities do nothing on Linux.
    @SuppressWarnings("restricted")
    private static void giveWay() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return;
        }
        Linker linker = Linker.nativeLinker();
        MethodHandle setScheduler = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("sched_setscheduler"),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            // Refused or not, the work goes on.
            int ignored = (int) setScheduler.invokeExact(THIS_THREAD, SCHED_IDLE, arena.allocateFrom(JAVA_INT, 0));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
