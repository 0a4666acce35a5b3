package dev.tarn.govern.contract;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A project's contracts as their files say now: read again when one of the files has changed.
public final class ContractFiles {
    private final Path folder;
    private @Nullable Read read;

    public ContractFiles(Path folder) {
        this.folder = folder;
    }

    /// A table's contract.
    public record Found(Contract contract, Contract.Table table) {}

    private record Read(Map<Path, String> files, List<Contract> contracts, Map<String, Found> enforced) {}

    /// All contracts.
    ///
    /// @throws TarnException `CONFIG_INVALID` naming file and line
    public List<Contract> all() {
        return current().contracts();
    }

    /// The contract that commits to a table are checked against; empty when it has none.
    ///
    /// @param table `namespace.table`
    public Optional<Found> enforced(String table) {
        return Optional.ofNullable(current().enforced().get(table));
    }

    private synchronized Read current() {
        Map<Path, String> files = files();
        Read last = read;
        if (last == null || !last.files().equals(files)) {
            List<Contract> contracts = ContractReader.readAll(folder);
            Map<String, Found> enforced = new HashMap<>();
            contracts.stream()
                    .filter(Contract::enforced)
                    .forEach(contract ->
                            contract.tables().forEach(table -> enforced.put(table.name(), new Found(contract, table))));
            last = new Read(files, contracts, enforced);
            read = last;
        }
        return last;
    }

    /// Sizes and times of the files, which tell whether one was changed.
    private Map<Path, String> files() {
        if (!Files.isDirectory(folder)) {
            return Map.of();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            Map<Path, String> files = new TreeMap<>();
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                files.put(file, Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
            return files;
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + " cannot be listed: " + e.getMessage(), e);
        }
    }
}
