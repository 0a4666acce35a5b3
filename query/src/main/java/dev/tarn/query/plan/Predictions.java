package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.FUNCTION_IMPLEMENTATION_ERROR;
import static io.trino.spi.StandardErrorCode.FUNCTION_NOT_FOUND;
import static io.trino.spi.function.InvocationConvention.InvocationArgumentConvention.BOXED_NULLABLE;
import static io.trino.spi.function.InvocationConvention.InvocationReturnConvention.FAIL_ON_NULL;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModels;
import io.airlift.slice.Slice;
import io.trino.spi.TrinoException;
import io.trino.spi.function.BoundSignature;
import io.trino.spi.function.FunctionDependencies;
import io.trino.spi.function.FunctionId;
import io.trino.spi.function.FunctionMetadata;
import io.trino.spi.function.FunctionProvider;
import io.trino.spi.function.InvocationConvention;
import io.trino.spi.function.ScalarFunctionAdapter;
import io.trino.spi.function.ScalarFunctionImplementation;
import io.trino.spi.function.Signature;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.sql.ir.Call;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Registered models as functions of the schema `predict`: `predict.card_fraud(amount, …)` is the probability that
/// the version behind the alias `champion` gives; `predict."card_fraud@next"(…)` is that of another alias, and
/// `predict."card_fraud@3"(…)` of a version. The arguments are the model's inputs in their order; null is missing.
///
/// The version is found when a statement is analyzed and is part of the function from then on.
public final class Predictions implements FunctionProvider {
    static final String SCHEMA = "predict";
    private static final String ALIAS = "champion";
    private static final MethodHandle PREDICT;

    static {
        try {
            PREDICT = MethodHandles.lookup()
                    .findStatic(
                            Predictions.class,
                            "predict",
                            MethodType.methodType(double.class, ServedModel.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ServedModels models;

    public Predictions(ServedModels models) {
        this.models = models;
    }

    /// The version that a function's name stands for now.
    ///
    /// @param function `model`, `model@alias` or `model@version`, without regard to case
    private ServedModel resolve(String function) {
        int at = function.lastIndexOf('@');
        String asked = at < 0 ? function : function.substring(0, at);
        String which = at < 0 ? ALIAS : function.substring(at + 1);
        List<String> names = models.names();
        String model = names.stream()
                .filter(name -> name.equalsIgnoreCase(asked))
                .findFirst()
                .orElseThrow(() -> new TarnException(
                        ErrorCode.NOT_FOUND,
                        "there is no registered model '" + asked + "'"
                                + Nearest.of(asked, names)
                                        .map(near -> "; did you mean '" + near + "'?")
                                        .orElse("")));
        boolean version = which.matches("\\d{1,18}");
        return models.load(model, version ? Long.parseLong(which) : models.version(model, which));
    }

    /// `model version N` for a function's name, or why it stands for nothing.
    public String pinned(String function) {
        try {
            ServedModel model = resolve(function);
            return model.name() + " version " + model.version();
        } catch (TarnException e) {
            return e.describe();
        }
    }

    FunctionMetadata find(String function) {
        try {
            return metadata(function, resolve(function));
        } catch (TarnException e) {
            throw new TrinoException(FUNCTION_NOT_FOUND, SCHEMA + "." + function + ": " + e.describe(), e);
        }
    }

    /// A function for every model that has a champion.
    List<FunctionMetadata> all() {
        return models.names().stream()
                .flatMap(name -> {
                    try {
                        return java.util.stream.Stream.of(metadata(name.toLowerCase(Locale.ROOT), resolve(name)));
                    } catch (TarnException e) {
                        return java.util.stream.Stream.empty();
                    }
                })
                .toList();
    }

    FunctionMetadata metadata(FunctionId id) {
        return metadata(id.toString(), model(id));
    }

    private static FunctionMetadata metadata(String function, ServedModel model) {
        Signature.Builder signature = Signature.builder().returnType(DoubleType.DOUBLE);
        model.inputs().forEach(input -> signature.argumentType(type(input), input.name()));
        return FunctionMetadata.scalarBuilder(function)
                .functionId(new FunctionId(model.name().toLowerCase(Locale.ROOT) + "/" + model.version()))
                .signature(signature.build())
                .argumentNullability(Collections.nCopies(model.inputs().size(), true))
                .description("The probability by " + model.name() + " version " + model.version() + " from "
                        + String.join(
                                ", ", model.inputs().stream().map(Input::name).toList()))
                .build();
    }

    private static Type type(Input input) {
        return switch (input.kind()) {
            case NUMBER -> DoubleType.DOUBLE;
            case BOOLEAN -> BooleanType.BOOLEAN;
            case CATEGORY -> VarcharType.VARCHAR;
        };
    }

    private ServedModel model(FunctionId id) {
        String text = id.toString();
        int slash = text.lastIndexOf('/');
        return resolve(text.substring(0, slash) + "@" + text.substring(slash + 1));
    }

    /// The model that a call predicts with; empty for every other function.
    ///
    /// @param catalog the lake catalog's name
    public Optional<ServedModel> of(String catalog, Call call) {
        var name = call.function().name();
        return name.schemaName().equals(SCHEMA) && name.catalogName().equals(catalog)
                ? Optional.of(model(call.function().functionId()))
                : Optional.empty();
    }

    /// Trino's own way to call, for what it computes while it plans.
    @Override
    public ScalarFunctionImplementation getScalarFunctionImplementation(
            FunctionId id, BoundSignature signature, FunctionDependencies dependencies, InvocationConvention expected) {
        int arguments = signature.getArgumentTypes().size();
        Class<?>[] boxes = signature.getArgumentTypes().stream()
                .map(type -> type.equals(DoubleType.DOUBLE)
                        ? Double.class
                        : type.equals(BooleanType.BOOLEAN) ? Boolean.class : Slice.class)
                .toArray(Class<?>[]::new);
        MethodHandle handle = PREDICT.bindTo(model(id))
                .asCollector(Object[].class, arguments)
                .asType(MethodType.methodType(double.class, boxes));
        InvocationConvention actual =
                new InvocationConvention(Collections.nCopies(arguments, BOXED_NULLABLE), FAIL_ON_NULL, false, false);
        return ScalarFunctionImplementation.builder()
                .methodHandle(ScalarFunctionAdapter.adapt(
                        handle, signature.getReturnType(), signature.getArgumentTypes(), actual, expected))
                .build();
    }

    @SuppressWarnings("UnusedMethod") // Called through its handle.
    private static double predict(ServedModel model, @Nullable Object[] values) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] instanceof Slice text) {
                values[i] = text.toStringUtf8();
            }
        }
        try {
            return model.predict(values);
        } catch (TarnException e) {
            throw new TrinoException(FUNCTION_IMPLEMENTATION_ERROR, e.describe(), e);
        }
    }
}
