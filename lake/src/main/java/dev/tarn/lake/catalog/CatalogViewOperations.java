package dev.tarn.lake.catalog;

import dev.tarn.lake.catalog.Pointer.Kind;
import java.util.Locale;
import java.util.UUID;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.util.LocationUtil;
import org.apache.iceberg.view.ViewMetadata;
import org.apache.iceberg.view.ViewMetadataParser;
import org.apache.iceberg.view.ViewOperations;
import org.apache.iceberg.view.ViewProperties;
import org.jspecify.annotations.Nullable;

/// One view on one branch, kept as tables are.
final class CatalogViewOperations implements ViewOperations {
    private final CatalogContext context;
    private final String branch;
    private final TableIdentifier identifier;
    private @Nullable Pointer pointer;
    private @Nullable ViewMetadata metadata;
    private boolean stale = true;

    CatalogViewOperations(CatalogContext context, String branch, TableIdentifier identifier) {
        this.context = context;
        this.branch = branch;
        this.identifier = identifier;
    }

    /// The present metadata, or null when the view does not exist (Iceberg's convention).
    @Override
    public @Nullable ViewMetadata current() {
        return stale ? refresh() : metadata;
    }

    @Override
    public @Nullable ViewMetadata refresh() {
        Pointer found = context.find(branch, identifier)
                .filter(each -> each.kind() == Kind.VIEW)
                .orElse(null);
        if (found == null) {
            boolean known = metadata != null;
            pointer = null;
            metadata = null;
            if (known) {
                throw new NoSuchViewException("View does not exist: %s", identifier);
            }
        } else if (!Pointer.same(found, pointer)) {
            metadata = context.metadata().view(found.location());
            pointer = found;
        }
        stale = false;
        return metadata;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // The very metadata that was read, as Iceberg's contract says.
    public void commit(@Nullable ViewMetadata base, ViewMetadata next) {
        if (base != current()) {
            if (base == null) {
                throw new AlreadyExistsException("View already exists: %s", identifier);
            }
            throw new CommitFailedException("Cannot commit to %s: it was changed by another commit", identifier);
        }
        if (base == next) {
            return;
        }
        Pointer before = pointer;
        String known = next.metadataFileLocation();
        String location = known != null ? known : write(before, next);
        Pointer after = new Pointer(Kind.VIEW, location, next.uuid());
        boolean moved = context.database().write(handle -> {
            context.saveDigests(handle);
            return PointerStore.swap(handle, branch, identifier, before, after);
        });
        if (!moved) {
            if (known == null) {
                context.io().deleteFile(location);
            }
            context.find(branch, identifier).filter(other -> base == null).ifPresent(other -> {
                throw PointerCommit.occupied(identifier, other);
            });
            throw new CommitFailedException("Cannot commit to %s: it was changed by another commit", identifier);
        }
        stale = true;
    }

    private String write(@Nullable Pointer before, ViewMetadata next) {
        String codec = next.properties()
                .getOrDefault(ViewProperties.METADATA_COMPRESSION, ViewProperties.METADATA_COMPRESSION_DEFAULT);
        String folder = next.properties().get(ViewProperties.WRITE_METADATA_LOCATION);
        String location = String.format(
                Locale.ROOT,
                "%s/%05d-%s%s",
                LocationUtil.stripTrailingSlash(folder != null ? folder : next.location() + "/metadata"),
                before == null ? 0 : CatalogContext.version(before.location()) + 1,
                UUID.randomUUID(),
                TableMetadataParser.getFileExtension(codec));
        OutputFile file = context.io().newOutputFile(location);
        ViewMetadataParser.write(next, file);
        return file.location();
    }
}
