package dev.tarn.interop.peer;

import dev.tarn.core.project.Limits;
import dev.tarn.core.project.ServerSetting;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.rest.IcebergRestFace;
import dev.tarn.server.http.Access;
import dev.tarn.server.http.HttpServer;
import dev.tarn.server.http.HttpServer.NamedFace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A lake with nothing but its Iceberg REST face, on a free port of loopback.
public final class LakeServer implements AutoCloseable {
    private final Lake lake;
    private final HttpServer server;

    private LakeServer(Lake lake, HttpServer server) {
        this.lake = lake;
        this.server = server;
    }

    /// Opens the lake in a folder and serves it.
    public static LakeServer start(LakeConfig config, int port) {
        Lake lake = Lake.open(config);
        ServerSetting setting = new ServerSetting("127.0.0.1", port, Optional.empty(), List.of());
        HttpServer server = HttpServer.start(
                setting,
                Limits.defaults(),
                new Access(setting, Map.of()),
                List.of(new NamedFace("iceberg", new IcebergRestFace(lake))),
                (face, route, request, status, nanos) -> {});
        return new LakeServer(lake, server);
    }

    /// Where the Iceberg REST protocol answers.
    public String uri() {
        return "http://127.0.0.1:" + server.port() + IcebergRestFace.BASE;
    }

    /// The lake behind it.
    public Lake lake() {
        return lake;
    }

    @Override
    public void close() {
        server.close();
        lake.close();
    }

    /// Serves a lake until standard input ends: `LakeServer [folder [port [warehouse]]]`.
    public static void main(String... arguments) throws Exception {
        Path folder = arguments.length > 0 ? Path.of(arguments[0]) : Files.createTempDirectory("lake");
        int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 0;
        LakeConfig own = LakeConfig.inFolder(folder);
        String warehouse = arguments.length > 2 ? arguments[2] : own.warehouse();
        try (LakeServer server = start(new LakeConfig(own.name(), warehouse, own.database()), port)) {
            System.out.println(server.uri());
            while (System.in.read() >= 0) {
                // Until whoever started it goes away.
            }
        }
    }
}
