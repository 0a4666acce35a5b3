package dev.tarn.model.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The ported functions against the C library of this machine.
class FloatMathTest {
    @Test
    void expIsTheCLibrarys() throws Throwable {
        compare("expf", FloatMath::exp);
    }

    @Test
    void logIsTheCLibrarys() throws Throwable {
        compare("logf", FloatMath::log);
    }

    @SuppressWarnings("restricted")
    private static void compare(String name, UnaryOperator<Float> ours) throws Throwable {
        Assumptions.assumeTrue(System.getProperty("os.name").startsWith("Linux"), "glibc or musl");
        Linker linker = Linker.nativeLinker();
        MethodHandle theirs = linker.downcallHandle(
                linker.defaultLookup().find(name).orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_FLOAT, ValueLayout.JAVA_FLOAT));
        SplittableRandom random = new SplittableRandom(1);
        long differ = 0;
        for (int i = 0; i < 4_000_000; i++) {
            // Half of them any bits at all, half where predictions live.
            float x = i % 2 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) random.nextDouble(-20, 20);
            float expected = (float) theirs.invokeExact(x);
            // All NaNs are one.
            if (Float.floatToIntBits(expected) != Float.floatToIntBits(ours.apply(x))) {
                differ++;
            }
        }
        assertThat(differ).as("values that differ from %s", name).isZero();
    }
}
