package dev.tarn.query.flight;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.query.protocol.TrinoFace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Arrow Flight SQL on a port of its own. Until the first client knocks there is a socket and a waiting thread, and
/// nothing else: Arrow, gRPC and Netty are loaded then, and take the socket over with the client in its queue.
public final class FlightFace implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FlightFace.class);

    private final ServerSocketChannel socket;
    private final Selector knock;
    private final TrinoFace statements;
    private final Callers callers;
    private @Nullable AutoCloseable server; // guarded by this
    private boolean closed; // guarded by this

    /// Says who calls.
    @FunctionalInterface
    public interface Callers {
        /// @param authorization the header, `Basic …` or `Bearer …`
        /// @param user who the caller says it is
        /// @throws TarnException `UNAUTHENTICATED`, `FORBIDDEN`
        Identity identify(@Nullable String authorization, @Nullable String user, @Nullable String program);
    }

    private FlightFace(ServerSocketChannel socket, Selector knock, TrinoFace statements, Callers callers) {
        this.socket = socket;
        this.knock = knock;
        this.statements = statements;
        this.callers = callers;
    }

    /// Starts to listen.
    ///
    /// @param port 0 for any free port
    /// @param statements where statements run, beside those of the Trino protocol
    /// @throws TarnException `PORT_IN_USE` when something else listens there
    public static FlightFace listen(String host, int port, TrinoFace statements, Callers callers) {
        try {
            ServerSocketChannel socket = ServerSocketChannel.open();
            try {
                socket.bind(new InetSocketAddress(host, port));
                socket.configureBlocking(false);
                Selector knock = Selector.open();
                socket.register(knock, SelectionKey.OP_ACCEPT);
                FlightFace face = new FlightFace(socket, knock, statements, callers);
                Thread.ofPlatform().daemon().name("flight-knock").start(face::awaitFirst);
                return face;
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.PORT_IN_USE,
                    "port " + port + " of " + host
                            + ", which Arrow Flight SQL shall have, cannot be listened on: choose "
                            + "another with server.flight-port in tarn.yml (0 takes any free one)",
                    e);
        }
    }

    /// The port it listens on.
    public int port() {
        return socket.socket().getLocalPort();
    }

    private void awaitFirst() {
        try {
            while (knock.select() == 0) {
                if (!knock.isOpen()) {
                    return;
                }
            }
            knock.close();
            synchronized (this) {
                if (!closed) {
                    server = FlightGrpc.start(socket, statements, callers);
                }
            }
        } catch (ClosedSelectorException e) {
            // Closed before anybody came.
        } catch (IOException | RuntimeException | Error e) {
            log.error("Arrow Flight SQL could not start", e);
        }
    }

    /// Stops to listen, and ends what runs.
    @Override
    public void close() throws Exception {
        synchronized (this) {
            closed = true;
        }
        knock.close();
        AutoCloseable started;
        synchronized (this) {
            started = server;
        }
        if (started != null) {
            started.close();
        }
        socket.close();
    }
}
