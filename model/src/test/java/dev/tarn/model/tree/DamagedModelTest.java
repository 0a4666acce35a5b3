package dev.tarn.model.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedModelTest {
    @TempDir
    Path folder;

    @Test
    void everyPrefixIsRefused() throws Exception {
        for (String format : new String[] {"ubj", "json"}) {
            byte[] whole = RandomModels.train(1, 3, true, 2, Map.of("max_depth", 2, "tree_method", "hist"))
                    .toByteArray(format);
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThatThrownBy(() -> XgboostFile.read(part))
                        .isInstanceOfSatisfying(
                                TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID));
            }
        }
    }

    /// Whatever a bit of damage does, it is an error of ours or a model that predicts something.
    @Test
    void noDamageCrashesOrHangs() throws Exception {
        SplittableRandom random = new SplittableRandom(2);
        int refused = 0;
        for (String format : new String[] {"ubj", "json"}) {
            byte[] whole = RandomModels.train(2, 4, true, 3, Map.of("max_depth", 3, "tree_method", "hist"))
                    .toByteArray(format);
            for (int i = 0; i < 20_000; i++) {
                byte[] damaged = whole.clone();
                for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                try {
                    Predictor model = XgboostFile.read(damaged);
                    model.predict(new float[model.featureCount()]);
                } catch (TarnException e) {
                    assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID);
                    refused++;
                }
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void otherFilesAreNamedAsWhatTheyAreNot() throws Exception {
        Path pickle = Files.write(folder.resolve("model.pkl"), new byte[] {(byte) 0x80, 4, (byte) 0x95, 0, 0});
        assertThatThrownBy(() -> XgboostFile.read(pickle))
                .isInstanceOf(TarnException.class)
                .hasMessageContaining("not a model that XGBoost saved");
        assertThatThrownBy(() -> XgboostFile.read("{\"a\": 1}".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("it has no 'learner'");
        byte[] dart =
                RandomModels.train(1, 3, false, 2, Map.of("booster", "dart")).toByteArray("json");
        assertThatThrownBy(() -> XgboostFile.read(dart)).hasMessageContaining("booster 'dart'");
        byte[] hinge = RandomModels.train(1, 3, false, 2, Map.of("objective", "binary:hinge"))
                .toByteArray("ubj");
        assertThatThrownBy(() -> XgboostFile.read(hinge)).hasMessageContaining("'binary:hinge'");
    }

    @Test
    void aRowOfTheWrongWidthIsRefused() throws Exception {
        Predictor model =
                XgboostFile.read(RandomModels.train(1, 3, false, 2, Map.of()).toByteArray("ubj"));
        assertThatThrownBy(() -> model.predictOne(new float[4]))
                .isInstanceOf(TarnException.class)
                .hasMessage("the model takes 3 features, and the row has 4 numbers");
    }
}
