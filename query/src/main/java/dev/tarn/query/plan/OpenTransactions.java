package dev.tarn.query.plan;

import io.trino.Session;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.transaction.TransactionId;
import io.trino.transaction.TransactionManager;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/// Transactions that a client began by itself. All statements in one read the same state of each table; they write
/// nothing, as with Trino's own Iceberg catalog.
public final class OpenTransactions {
    private OpenTransactions() {}

    /// The transaction of a client's id.
    ///
    /// @throws TrinoException `UNKNOWN_TRANSACTION`
    static TransactionId find(TransactionManager transactions, String id) {
        TransactionId found;
        try {
            found = TransactionId.valueOf(id);
        } catch (IllegalArgumentException e) {
            throw unknown(id);
        }
        if (!transactions.transactionExists(found)) {
            throw unknown(id);
        }
        return found;
    }

    private static TrinoException unknown(String id) {
        return new TrinoException(
                StandardErrorCode.UNKNOWN_TRANSACTION,
                "Unknown transaction ID: " + id
                        + ". Possibly expired? Commands ignored until end of transaction block");
    }

    /// Works in the transaction of a session; a failure ends it.
    static <T> T use(TransactionManager transactions, Session session, Supplier<T> work) {
        TransactionId id = session.getRequiredTransactionId();
        transactions.checkAndSetActive(id);
        boolean done = false;
        try {
            T result = work.get();
            done = true;
            return result;
        } finally {
            if (!done) {
                transactions.fail(id);
            }
            transactions.trySetInactive(id);
        }
    }

    /// Refuses to write in one.
    ///
    /// @param catalogs those written to
    public static void refuseWrites(Session session, Set<String> catalogs) {
        if (session.getTransactionId().isPresent()) {
            throw new TrinoException(
                    StandardErrorCode.AUTOCOMMIT_WRITE_CONFLICT,
                    "Catalog only supports writes using autocommit: "
                            + String.join(", ", catalogs).toLowerCase(Locale.ROOT));
        }
    }
}
