package dev.tarn.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `.tarn/server.json`: where the project's running server is. Only its owner can read it, because it holds a
/// token by which the commands of this machine's user are let in. A lock beside it, which the operating
/// system takes back when the process dies, keeps the project to one server.
public final class ServerFile implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;

    /// A running server.
    ///
    /// @param pid its process
    /// @param url where it listens, such as `http://127.0.0.1:7700`
    /// @param token lets this machine's user in; empty when the server needs no tokens
    public record Running(long pid, String url, String token) {}

    private ServerFile(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /// Takes the project for this process.
    ///
    /// @throws TarnException `SERVER_RUNNING` when another server has it
    static ServerFile take(Project project) {
        Path lockFile = project.state().resolve("server.lock");
        @Nullable FileChannel channel = null;
        try {
            channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = tryLock(channel);
            if (lock == null) {
                channel.close();
                String where = running(project)
                        .map(server -> " at " + server.url() + " (process " + server.pid() + ")")
                        .orElse("");
                throw new TarnException(
                        ErrorCode.SERVER_RUNNING,
                        "a server of the project " + project.folder() + " runs already" + where
                                + ": use it, or stop it first");
            }
            Files.deleteIfExists(project.serverFile());
            return new ServerFile(project.serverFile(), channel, lock);
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot lock " + lockFile + ": " + e.getMessage(), e);
        }
    }

    /// The project's running server, if there is one.
    public static Optional<Running> running(Project project) {
        Path lockFile = project.state().resolve("server.lock");
        if (!Files.exists(lockFile) || !Files.exists(project.serverFile())) {
            return Optional.empty();
        }
        try {
            JsonNode server = JSON.readTree(project.serverFile().toFile());
            Running running = new Running(
                    server.path("pid").asLong(),
                    server.path("url").asText(),
                    server.path("token").asText());
            boolean alive =
                    ProcessHandle.of(running.pid()).map(ProcessHandle::isAlive).orElse(false);
            return alive && isLocked(lockFile, running.pid()) ? Optional.of(running) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.STORAGE_FAILED, "cannot read " + project.serverFile() + ": " + e.getMessage(), e);
        }
    }

    /// Writes down where the server is.
    void announce(Running running) {
        ObjectNode json = JSON.createObjectNode();
        json.put("pid", running.pid());
        json.put("url", running.url());
        json.put("token", running.token());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.deleteIfExists(part);
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.createFile(
                        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            Files.writeString(part, json.toPrettyString() + "\n");
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
            lock.release();
            channel.close();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "cannot remove " + file + ": " + e.getMessage(), e);
        }
    }

    /// A process id may be used again by another program, but a lock is held by the server only.
    private static boolean isLocked(Path lockFile, long pid) throws IOException {
        if (pid == ProcessHandle.current().pid()) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            FileLock lock = tryLock(channel);
            if (lock != null) {
                lock.release();
                return false;
            }
            return true;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this process
        }
    }
}
