package dev.tarn.model.packaging;

import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A binary classifier in ONNX, as scikit-learn and PyTorch export it: one input of floats, and among the
/// outputs the probabilities (a tensor of two columns, a tensor of one, or a map of classes).
public final class OnnxModel implements AutoCloseable {
    /// Larger files are refused.
    public static final int MAX_BYTES = 512 << 20;

    /// How far a probability may lie outside of 0 to 1.
    private static final double ROUNDING = 1e-5;

    private static final long STACK_BYTES = 64L << 20;
    private static final Cleaner CLEANER = Cleaner.create();

    private final OrtSession session;
    private final String input;
    /// A model that fell out of a cache gives its memory back, which is not the heap's.
    private final Cleaner.Cleanable memory;

    private OnnxModel(OrtSession session) {
        this.session = session;
        this.input = session.getInputNames().stream().findFirst().orElse("");
        this.memory = CLEANER.register(this, () -> close(session));
    }

    /// @param features the numbers a row has, or -1 when not known
    /// @throws TarnException `MODEL_INVALID` when it is no such model
    public static OnnxModel read(byte[] bytes, int features) {
        if (bytes.length > MAX_BYTES) {
            throw invalid("it has " + bytes.length + " bytes, and the most is " + MAX_BYTES, null);
        }
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            OnnxModel model = new OnnxModel(session(bytes, options));
            OrtSession session = model.session;
            if (session.getNumInputs() != 1) {
                throw invalid(
                        "it has " + session.getNumInputs() + " inputs, and one tensor of floats is expected", null);
            }
            if (session.getInputInfo().get(model.input).getInfo() instanceof TensorInfo info) {
                long[] shape = info.getShape();
                long width = shape.length == 2 ? shape[1] : -1;
                if (shape.length != 2 || (width >= 0 && features >= 0 && width != features)) {
                    throw invalid("its input takes " + width + " numbers a row, and there are " + features, null);
                }
            } else {
                throw invalid("its input is no tensor", null);
            }
            return model;
        } catch (OrtException e) {
            throw invalid(String.valueOf(e.getMessage()), e);
        }
    }

    /// Made on a thread of its own: it needs more stack than Java's threads have, and more than they have ends the
    /// process.
    private static OrtSession session(byte[] bytes, OrtSession.SessionOptions options) throws OrtException {
        FutureTask<OrtSession> made =
                new FutureTask<>(() -> OrtEnvironment.getEnvironment().createSession(bytes, options));
        Thread thread = new Thread(null, made, "tarn-onnx", STACK_BYTES);
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                OrtSession session = made.get();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return session;
            } catch (InterruptedException e) {
                // The thread works on the options, which must not be closed under it.
                interrupted = true;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof OrtException refused) {
                    throw refused;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    /// The probability of the positive class.
    public double predict(float[] row) {
        try (OnnxTensor tensor = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), new float[][] {row});
                OrtSession.Result result = session.run(Map.of(input, tensor))) {
            double found = probability(result.get(result.size() - 1));
            if (!(found >= -ROUNDING && found <= 1 + ROUNDING)) {
                throw new TarnException(
                        ErrorCode.MODEL_INVALID,
                        "the model answers " + found + ", which is no probability"
                                + (Double.isNaN(found) ? ": perhaps it takes no missing values" : ""));
            }
            return found;
        } catch (OrtException e) {
            throw new TarnException(ErrorCode.MODEL_INVALID, "the model cannot predict: " + e.getMessage(), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private static double probability(OnnxValue value) throws OrtException {
        Object raw =
                value instanceof OnnxSequence sequence ? sequence.getValue().getFirst() : value.getValue();
        return switch (raw) {
            case float[][] table -> table[0][table[0].length - 1];
            case double[][] table -> table[0][table[0].length - 1];
            case float[] one -> one[0];
            case OnnxMap map -> positive(map.getValue());
            default ->
                throw new TarnException(
                        ErrorCode.MODEL_INVALID, "the model's last output is no probability: " + value.getInfo());
        };
    }

    private static double positive(Map<?, ?> byClass) {
        for (Object key : new Object[] {1L, 1, "1", "true", "True"}) {
            if (byClass.get(key) instanceof Number probability) {
                return probability.doubleValue();
            }
        }
        throw new TarnException(ErrorCode.MODEL_INVALID, "the model's classes have no 1: " + byClass.keySet());
    }

    @Override
    public void close() {
        memory.clean();
    }

    private static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TarnException invalid(String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new TarnException(
                ErrorCode.MODEL_INVALID, "this is not an ONNX model that Tarn can serve: " + why, cause);
    }
}
