package dev.tarn.core.identity;

/// Who makes a request. On loopback it is the client's own word; elsewhere it was proved by a bearer token.
///
/// @param user the name, never empty
/// @param client the program that asks, such as `trino-cli` or `tarn run`; for the audit log
/// @param proved whether the name was authenticated
public record Identity(String user, String client, boolean proved) {
    /// The user of a request that names none.
    public static final String ANONYMOUS = "anonymous";

    public Identity {
        if (user.isBlank()) {
            throw new IllegalArgumentException("an identity needs a user");
        }
    }

    /// The person at this machine's terminal.
    public static Identity local(String client) {
        return new Identity(System.getProperty("user.name", "local"), client, false);
    }
}
