package dev.tarn.lake.storage;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;

/// Files that are written together and made durable together, since a disk syncs many files in the time of one.
/// Nothing may refer to any of them before [#sync] has returned.
public final class WriteBatch implements FileIO, CheckedFiles {
    private static final long serialVersionUID = 1L;

    private final FileIO files;
    private final Pending pending = new Pending();

    private WriteBatch(FileIO files) {
        this.files = files;
    }

    /// A batch of files in a store. Where the store makes each file durable by itself, the batch changes nothing.
    public static WriteBatch in(FileIO files) {
        return new WriteBatch(files);
    }

    @Override
    public InputFile newInputFile(String location) {
        return files.newInputFile(location);
    }

    @Override
    public InputFile newInputFile(String location, long length) {
        return files.newInputFile(location, length);
    }

    @Override
    public OutputFile newOutputFile(String location) {
        return files instanceof LocalFileIO local
                ? new LocalOutputFile(location, local.confined(location), pending, local)
                : files.newOutputFile(location);
    }

    @Override
    public void deleteFile(String location) {
        files.deleteFile(location);
    }

    @Override
    public void check(Collection<String> locations) {
        CheckedFiles.check(files, locations);
    }

    @Override
    public void written(Collection<String> locations) {
        CheckedFiles.written(files, List.copyOf(locations));
    }

    /// Makes everything that was written durable, names included.
    ///
    /// @throws dev.tarn.core.error.TarnException `STORAGE_FAILED`
    public void sync() {
        pending.sync();
    }

    /// Files whose bytes and names may not be on the disk yet.
    static final class Pending {
        private final Set<Path> files = new LinkedHashSet<>();

        synchronized void add(Path file) {
            files.add(file);
        }

        synchronized void sync() {
            if (files.isEmpty()) {
                return;
            }
            Set<Path> folders = new LinkedHashSet<>();
            files.forEach(file -> folders.add(file.getParent()));
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> syncs = new ArrayList<>();
                files.forEach(file -> syncs.add(executor.submit(() -> sync(file, false))));
                folders.forEach(folder -> syncs.add(executor.submit(() -> sync(folder, true))));
                for (Future<?> each : syncs) {
                    each.get();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StorageErrors.of("write", files.iterator().next(), new IOException("interrupted", e));
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException failure
                        ? failure
                        : new IllegalStateException(e.getCause());
            }
            files.clear();
        }

        private static void sync(Path path, boolean isFolder) {
            try {
                if (isFolder) {
                    Durable.syncFolder(path);
                } else {
                    Durable.syncFile(path);
                }
            } catch (NoSuchFileException e) {
                // Deleted again before anything referred to it.
            } catch (IOException e) {
                throw StorageErrors.of("write", path, e);
            }
        }
    }
}
