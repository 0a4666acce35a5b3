package dev.tarn.lake.catalog;

import dev.tarn.core.error.TarnException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Decides what may be committed, whoever writes: statements, clients of the REST protocol, programs.
public interface CommitGate {
    /// Lets everything pass.
    CommitGate OPEN = new CommitGate() {
        @Override
        public Admitted admit(String branch, TableIdentifier name, Table table, List<DataFile> files, String user) {
            return new Admitted(files, Optional.empty());
        }

        @Override
        public void check(String branch, List<Proposal> proposals) {}
    };

    /// What may be added of the files that somebody wants to add.
    ///
    /// @param files to add
    /// @param alongside what to do in the same transaction, such as keeping the other rows elsewhere
    record Admitted(List<DataFile> files, Optional<Consumer<LakeTransaction>> alongside) {}

    /// A table as it is and as it would be.
    ///
    /// @param before null when it would be new
    record Proposal(TableIdentifier identifier, @Nullable Table before, Table after) {}

    /// Sorts out rows, before files that Tarn itself has written are added to a table.
    ///
    /// @param files written and durable; what is not admitted of them is removed
    /// @param user on whose behalf
    Admitted admit(String branch, TableIdentifier name, Table table, List<DataFile> files, String user);

    /// Looks at a commit before it becomes visible.
    ///
    /// @throws TarnException refuses it
    void check(String branch, List<Proposal> proposals);
}
