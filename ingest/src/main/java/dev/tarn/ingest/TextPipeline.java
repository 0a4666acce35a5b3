package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.read.Chunk;
import dev.tarn.ingest.read.ChunkSink;
import dev.tarn.ingest.read.ChunkWriter;
import dev.tarn.ingest.read.Compression;
import dev.tarn.ingest.read.Counts;
import dev.tarn.ingest.read.CsvReader;
import dev.tarn.ingest.read.JsonReader;
import dev.tarn.ingest.read.SampleSink;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.ingest.read.UnreadableException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.zip.ZipException;
import org.apache.iceberg.types.Type;

/// Reads CSV and JSON files into chunks on one thread while the chunks before are written on another, with
/// one chunk waiting at most: the disk and memory that it takes do not grow with the files.
final class TextPipeline {
    /// The size of a chunk; one makes a data file of about a sixth of it.
    static final long CHUNK_BYTES = 256L << 20;

    private static final int SAMPLE_FILES_MAX = 64;
    private static final long SAMPLE_BYTES = 4L << 20;

    private final FileSource source;
    private final List<SourceFile> files;
    private final Path folder;

    /// What the reading thread hands over: a chunk, its failure, or neither when it is done.
    private record Message(Optional<Chunk> chunk, Optional<Throwable> failure) {}

    TextPipeline(FileSource source, List<SourceFile> files, Path folder) {
        this.source = source;
        this.files = files;
        this.folder = folder;
    }

    /// Reads the first records of up to 64 files spread over all, for their columns and types.
    /// Of the other files it reads the columns.
    ///
    /// @param json takes chunks of JSON records
    /// @return the types of the columns that are not JSON's, by the table's names
    Map<String, Type> sample(Consumer<Chunk> json) throws IOException {
        Path sampleFolder = Files.createDirectories(folder.resolve("sample"));
        List<Chunk> chunks = new ArrayList<>();
        int step = Math.ceilDiv(files.size(), SAMPLE_FILES_MAX);
        long bytes = SAMPLE_BYTES / Math.ceilDiv(files.size(), step);
        Map<String, Type> types;
        try (ChunkWriter writer = new ChunkWriter(
                sampleFolder, Long.MAX_VALUE, new Counts(files.size()), columns -> List.of(), chunks::add)) {
            SampleSink sink = new SampleSink(
                    writer, columns -> List.copyOf(ColumnNames.of(columns).values()));
            for (int number = 0; number < files.size(); number++) {
                if (number % step == 0 || Formats.of(source, files.get(number)) == FileFormat.CSV) {
                    sink.file(number, number % step == 0 ? bytes : 1);
                    read(files.get(number), sink);
                }
            }
            writer.finish();
            types = sink.types();
        }
        for (Chunk chunk : chunks) {
            json.accept(chunk);
            Files.delete(chunk.path());
        }
        return types;
    }

    /// Reads all files; each chunk is gone when the receiver is done with it.
    ///
    /// @param types the types that the columns of a CSV file are read as
    /// @return the rejects' file
    Path run(Counts counts, Function<List<String>, List<Type>> types, Consumer<Chunk> receiver) throws IOException {
        BlockingQueue<Message> queue = new ArrayBlockingQueue<>(1);
        Thread reader =
                Thread.ofPlatform().name("read-" + source.table().name()).start(() -> readAll(counts, types, queue));
        try {
            while (true) {
                Message message = queue.take();
                if (message.failure().isPresent()) {
                    throw failure(message.failure().get());
                } else if (message.chunk().isEmpty()) {
                    return folder.resolve("rejects.jsonl");
                }
                receiver.accept(message.chunk().get());
                Files.delete(message.chunk().get().path());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "The load was interrupted", e);
        } finally {
            reader.interrupt();
            join(reader);
        }
    }

    private void readAll(Counts counts, Function<List<String>, List<Type>> types, BlockingQueue<Message> queue) {
        Message last = new Message(Optional.empty(), Optional.empty());
        try (ChunkWriter writer = new ChunkWriter(
                folder,
                CHUNK_BYTES,
                counts,
                types,
                chunk -> put(queue, new Message(Optional.of(chunk), Optional.empty())))) {
            for (int number = 0; number < files.size(); number++) {
                writer.file(number);
                read(files.get(number), writer);
            }
            writer.finish();
        } catch (InterruptedIOException e) {
            return;
        } catch (IOException | RuntimeException | Error e) {
            last = new Message(Optional.empty(), Optional.of(e));
        }
        try {
            put(queue, last);
        } catch (InterruptedIOException e) {
            // The receiver has given up already.
        }
    }

    private static void put(BlockingQueue<Message> queue, Message message) throws InterruptedIOException {
        try {
            queue.put(message);
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private void read(SourceFile file, ChunkSink sink) throws IOException {
        try (InputStream in = Compression.open(file.path())) {
            switch (Formats.of(source, file)) {
                case CSV ->
                    new CsvReader(source.csv(), List.copyOf(source.columns().keySet())).read(in, sink);
                case JSON -> new JsonReader(false, source.entries(), source.jsonPath()).read(in, sink);
                case NDJSON -> new JsonReader(true, false, List.of()).read(in, sink);
                case PARQUET -> throw new IllegalStateException("Parquet is not text");
            }
        } catch (EOFException e) {
            throw unreadable(file, "it is cut off: its packed data ends too early", e);
        } catch (ZipException | io.airlift.compress.v3.MalformedInputException e) {
            throw unreadable(file, "its packed data is damaged: " + e.getMessage(), e);
        } catch (UnreadableException e) {
            throw unreadable(file, String.valueOf(e.getMessage()), e);
        } catch (java.nio.file.NoSuchFileException | java.nio.file.AccessDeniedException e) {
            throw unreadable(
                    file,
                    e instanceof java.nio.file.AccessDeniedException
                            ? "permission is denied to the user who runs Tarn"
                            : "it is gone",
                    e);
        }
    }

    private static TarnException unreadable(SourceFile file, String message, Exception cause) {
        return new TarnException(
                ErrorCode.SOURCE_UNREADABLE,
                file.path() + " cannot be read: " + message + "; replace it, or take it out of the source's path",
                cause);
    }

    private static RuntimeException failure(Throwable failure) throws IOException {
        return switch (failure) {
            case IOException e -> throw e;
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> new IllegalStateException(failure);
        };
    }

    private static void join(Thread reader) {
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
