package dev.tarn.lake.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalFileIOTest {
    @TempDir
    Path folder;

    private LocalFileIO io;

    @BeforeEach
    void open() {
        io = new LocalFileIO(folder.resolve("warehouse"));
    }

    @Test
    void aFileAppearsWhenItIsWhole() throws IOException {
        OutputFile file = io.newOutputFile(at("a/b/file.bin"));
        try (PositionOutputStream out = file.create()) {
            out.write("half".getBytes(StandardCharsets.UTF_8));
            out.flush();
            assertThat(file.toInputFile().exists()).isFalse();
            assertThat(out.getPos()).isEqualTo(4);
        }
        assertThat(file.toInputFile().exists()).isTrue();
        assertThat(file.toInputFile().getLength()).isEqualTo(4);
        assertThat(folder.resolve("warehouse/a/b")).isDirectoryContaining("glob:**/file.bin");
        try (var files = Files.list(folder.resolve("warehouse/a/b"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void createRefusesWhatExistsAndOverwriteReplacesIt() throws IOException {
        OutputFile file = io.newOutputFile(at("file"));
        write(file, "one");
        assertThatThrownBy(file::create).isInstanceOf(AlreadyExistsException.class);
        try (PositionOutputStream out = file.createOrOverwrite()) {
            out.write("two".getBytes(StandardCharsets.UTF_8));
        }
        assertThat(read(file.location())).isEqualTo("two");
    }

    @Test
    void ofTwoThatCreateTheSameFileOneIsRefused() throws IOException {
        PositionOutputStream first = io.newOutputFile(at("file")).create();
        PositionOutputStream second = io.newOutputFile(at("file")).create();
        first.write(1);
        second.write(2);
        first.close();
        assertThatThrownBy(second::close).isInstanceOf(AlreadyExistsException.class);
        assertThat(Files.readAllBytes(folder.resolve("warehouse/file"))).containsExactly(1);
        try (var files = Files.list(folder.resolve("warehouse"))) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void readingSeeksAnywhere() throws IOException {
        byte[] bytes = new byte[200_000];
        new SplittableRandom(3).nextBytes(bytes);
        OutputFile file = io.newOutputFile(at("file"));
        try (PositionOutputStream out = file.create()) {
            out.write(bytes, 0, 10);
            out.write(bytes[10]);
            out.write(bytes, 11, bytes.length - 11);
        }
        SplittableRandom random = new SplittableRandom(4);
        try (SeekableInputStream in = file.toInputFile().newStream()) {
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(bytes.length);
                in.seek(from);
                byte[] part = in.readNBytes(random.nextInt(70_000));
                assertThat(part).isEqualTo(Arrays.copyOfRange(bytes, from, from + part.length));
                assertThat(in.getPos()).isEqualTo(from + part.length);
            }
            in.seek(bytes.length);
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "file:///etc/passwd", "%s/../outside", "%s-other/file"})
    void nothingOutsideTheWarehouseIsWrittenOrDeleted(String location) {
        String there = location.replace("%s", io.root().toString());
        assertForbidden(() -> io.newOutputFile(there));
        assertForbidden(() -> io.deleteFile(there));
        assertForbidden(() -> io.deletePrefix(there));
    }

    @Test
    void aLinkOutOfTheWarehouseIsNotFollowed() throws IOException {
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Files.createSymbolicLink(folder.resolve("warehouse/link"), outside);
        assertForbidden(() -> io.newOutputFile(at("link/file")));
    }

    @Test
    void whatIsMissingIsIcebergsOwnError() {
        assertThatThrownBy(() -> io.newInputFile(at("missing")).newStream()).isInstanceOf(NotFoundException.class);
        assertThat(io.newInputFile(at("missing")).exists()).isFalse();
        io.deleteFile(at("missing"));
        assertThat(io.listPrefix(at("missing"))).isEmpty();
    }

    @Test
    void aFolderWithoutPermissionIsNamed() throws IOException {
        assumeFalse("root".equals(System.getProperty("user.name")), "root may write anywhere");
        Path closed = Files.createDirectory(folder.resolve("warehouse/closed"));
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
        assertThatThrownBy(() -> io.newOutputFile(at("closed/file")).create())
                .hasMessageContaining("permission denied")
                .hasMessageContaining("closed/file");
    }

    @Test
    void theDisksWordsBecomeOurs() {
        Path file = Path.of("/lake/file");
        assertThat(StorageErrors.of("write", file, new IOException("No space left on device")))
                .hasMessageContaining("/lake/file")
                .hasMessageContaining("the disk is full");
        assertThat(StorageErrors.of("write", file, new IOException("Read-only file system")))
                .hasMessageContaining("read-only");
        assertThat(StorageErrors.of("read", file, new AccessDeniedException("/lake/file")))
                .hasMessageContaining("permission denied");
        assertThat(StorageErrors.of("read", file, new FileNotFoundException("x")))
                .isInstanceOf(NotFoundException.class);
    }

    private String at(String name) {
        return LocalFileIO.location(io.root().resolve(name));
    }

    private static void write(OutputFile file, String text) throws IOException {
        try (PositionOutputStream out = file.create()) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private String read(String location) throws IOException {
        try (SeekableInputStream in = io.newInputFile(location).newStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void assertForbidden(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    }
}
