package dev.tarn.query.flight;

import dev.tarn.query.protocol.TrinoFace;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// The gRPC server under Arrow Flight, on a socket that listens already.
final class FlightGrpc implements AutoCloseable {
    private static final int CALLS_MAX = 100;
    private static final int MESSAGE_BYTES_MAX = 64 << 20;
    private static final int HEADER_BYTES_MAX = 64 << 10;
    private static final int STOP_SECONDS_MAX = 5;

    private final FlightServer server;
    private final BufferAllocator allocator;
    private final ExecutorService calls;
    private final EventLoopGroup loops;

    private FlightGrpc(FlightServer server, BufferAllocator allocator, ExecutorService calls, EventLoopGroup loops) {
        this.server = server;
        this.allocator = allocator;
        this.calls = calls;
        this.loops = loops;
    }

    static FlightGrpc start(ServerSocketChannel socket, TrinoFace statements, FlightFace.Callers callers)
            throws IOException {
        BufferAllocator allocator = new RootAllocator();
        // Platform threads: a virtual one would hold its carrier while DuckDB computes.
        ExecutorService calls = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("flight-", 0).factory());
        EventLoopGroup loops = new NioEventLoopGroup(
                0, Thread.ofPlatform().daemon().name("flight-io-", 0).factory());
        FlightSessions sessions = new FlightSessions(callers);
        Consumer<NettyServerBuilder> settings = builder -> builder.bossEventLoopGroup(loops)
                .workerEventLoopGroup(loops)
                .channelFactory(() -> new Listening(socket))
                .maxConcurrentCallsPerConnection(CALLS_MAX);
        FlightServer server = FlightServer.builder(
                        allocator,
                        Location.forGrpcInsecure("127.0.0.1", socket.socket().getLocalPort()),
                        new FlightSql(allocator, statements, sessions))
                .headerAuthenticator(sessions)
                .executor(calls)
                .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                .setMaxHeaderListSize(HEADER_BYTES_MAX)
                .transportHint("grpc.builderConsumer", settings)
                .build();
        return new FlightGrpc(server.start(), allocator, calls, loops);
    }

    /// A socket that is bound.
    private static final class Listening extends NioServerSocketChannel {
        Listening(ServerSocketChannel socket) {
            super(socket);
        }

        @Override
        protected void doBind(SocketAddress address) {
            // It is.
        }
    }

    @Override
    public void close() throws Exception {
        server.shutdown();
        if (!server.awaitTermination(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
            server.close();
        }
        calls.shutdownNow();
        calls.awaitTermination(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        loops.shutdownGracefully(0, STOP_SECONDS_MAX, TimeUnit.SECONDS).await(STOP_SECONDS_MAX, TimeUnit.SECONDS);
        allocator.close();
    }
}
