package dev.tarn.query.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.protocol.TrinoFace;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.VarcharType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.BasicFlightSqlProducer;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetCrossReference;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetDbSchemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetExportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetImportedKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetPrimaryKeys;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetSqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetTables;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandGetXdbcTypeInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementQuery;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementUpdate;
import org.apache.arrow.flight.sql.impl.FlightSql.DoPutUpdateResult;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedTransaction;
import org.apache.arrow.flight.sql.impl.FlightSql.TicketStatementQuery;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Flight SQL's calls as statements of the engine. A ticket holds its statement, which runs when the ticket is
/// brought; only prepared statements are remembered, the last thousand of them.
final class FlightSql extends BasicFlightSqlProducer {
    private static final int PREPARED_MAX = 1_000;
    private static final int HANDLE_BYTES = 16;
    private static final int TABLES_WITH_SCHEMA_MAX = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final BufferAllocator allocator;
    private final TrinoFace statements;
    private final FlightSessions sessions;
    private final SecureRandom random = new SecureRandom();
    private final SqlInfoBuilder about;
    private final Map<ByteString, Prepared> prepared = new LinkedHashMap<>(16, 0.75f, true); // guarded by itself

    /// @param user whose it is
    /// @param parameters the types that its parameters have, as Trino names them
    /// @param arguments of each row that was bound, as SQL
    private record Prepared(
            String user, String sql, StatementKind kind, List<String> parameters, List<List<String>> arguments) {
        Prepared with(List<List<String>> bound) {
            return new Prepared(user, sql, kind, parameters, bound);
        }

        /// The statements to run, one for each row of arguments.
        List<String> texts() {
            if (parameters.isEmpty()) {
                return List.of(sql);
            }
            if (arguments.isEmpty()) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST, "the statement's " + parameters.size() + " parameters have no values");
            }
            return arguments.stream().map(row -> FlightSql.text(sql, row)).toList();
        }
    }

    FlightSql(BufferAllocator allocator, TrinoFace statements, FlightSessions sessions) {
        this.allocator = allocator;
        this.statements = statements;
        this.sessions = sessions;
        this.about = new SqlInfoBuilder()
                .withFlightSqlServerName("Tarn")
                .withFlightSqlServerVersion(TrinoFace.TRINO_VERSION)
                .withFlightSqlServerArrowVersion(
                        String.valueOf(BufferAllocator.class.getPackage().getImplementationVersion()))
                .withFlightSqlServerReadOnly(false)
                .withFlightSqlServerSql(true)
                .withFlightSqlServerSubstrait(false)
                .withFlightSqlServerTransaction(SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_NONE)
                .withFlightSqlServerCancel(false)
                .withSqlIdentifierQuoteChar("\"")
                .withSqlSearchStringEscape("\\")
                .withSqlDdlCatalog(false)
                .withSqlDdlSchema(true)
                .withSqlDdlTable(true)
                .withSqlCatalogAtStart(true)
                .withSqlCorrelatedSubqueriesSupported(true)
                .withSqlTransactionsSupported(false);
    }

    private static String text(String sql, List<String> arguments) {
        return "EXECUTE IMMEDIATE " + Arguments.quoted(sql) + " USING " + String.join(", ", arguments);
    }

    // Statements

    @Override
    public FlightInfo getFlightInfoStatement(
            CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        return answered(() -> {
            TicketStatementQuery ticket = TicketStatementQuery.newBuilder()
                    .setStatementHandle(command.getQueryBytes())
                    .build();
            return generateFlightInfo(
                    ticket, descriptor, kind(context, command.getQuery()).schema());
        });
    }

    @Override
    public SchemaResult getSchemaStatement(
            CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        return answered(() -> new SchemaResult(kind(context, command.getQuery()).schema()));
    }

    @Override
    public void getStreamStatement(TicketStatementQuery ticket, CallContext context, ServerStreamListener listener) {
        stream(context, listener, ticket.getStatementHandle().toStringUtf8());
    }

    @Override
    public Runnable acceptPutStatement(
            CommandStatementUpdate command, CallContext context, FlightStream input, StreamListener<PutResult> answer) {
        return () -> update(context, answer, () -> List.of(command.getQuery()));
    }

    // Prepared statements

    @Override
    public void createPreparedStatement(
            ActionCreatePreparedStatementRequest request, CallContext context, StreamListener<Result> listener) {
        answer(listener, () -> {
            QuerySession session = sessions.session(context);
            String sql = request.getQuery();
            List<String> parameters = sql.contains("?") ? parameters(session, sql) : List.of();
            String typical = parameters.isEmpty()
                    ? sql
                    : text(
                            sql,
                            parameters.stream()
                                    .map(type -> type.equals("unknown") ? "NULL" : "CAST(NULL AS " + type + ")")
                                    .toList());
            StatementKind kind = StatementKind.of(statements.engine(), session, typical);
            ByteString handle = newHandle();
            synchronized (prepared) {
                prepared.put(handle, new Prepared(session.identity().user(), sql, kind, parameters, List.of()));
                if (prepared.size() > PREPARED_MAX) {
                    prepared.remove(prepared.keySet().iterator().next());
                }
            }
            Schema inputs = new Schema(IntStream.range(0, parameters.size())
                    .mapToObj(i -> parameter("parameter_" + (i + 1), parameters.get(i), session))
                    .toList());
            return new Result(Any.pack(ActionCreatePreparedStatementResult.newBuilder()
                            .setPreparedStatementHandle(handle)
                            .setDatasetSchema(bytes(kind.schema()))
                            .setParameterSchema(bytes(inputs))
                            .build())
                    .toByteArray());
        });
    }

    @Override
    public void closePreparedStatement(
            ActionClosePreparedStatementRequest request, CallContext context, StreamListener<Result> listener) {
        synchronized (prepared) {
            prepared.remove(request.getPreparedStatementHandle());
        }
        listener.onCompleted();
    }

    @Override
    public FlightInfo getFlightInfoPreparedStatement(
            CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        return answered(() -> generateFlightInfo(
                command,
                descriptor,
                find(context, command.getPreparedStatementHandle()).kind().schema()));
    }

    @Override
    public SchemaResult getSchemaPreparedStatement(
            CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
        return answered(() -> new SchemaResult(
                find(context, command.getPreparedStatementHandle()).kind().schema()));
    }

    @Override
    public void getStreamPreparedStatement(
            CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
        try {
            List<String> texts =
                    find(context, command.getPreparedStatementHandle()).texts();
            if (texts.size() > 1) {
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        "a query with " + texts.size() + " rows of arguments is not supported: ask once for each");
            }
            stream(context, listener, texts.getFirst());
        } catch (RuntimeException e) {
            listener.error(FlightErrors.of(e));
        }
    }

    @Override
    public Runnable acceptPutPreparedStatementQuery(
            CommandPreparedStatementQuery command,
            CallContext context,
            FlightStream input,
            StreamListener<PutResult> answer) {
        return () -> {
            try {
                bind(context, command.getPreparedStatementHandle(), input);
                answer.onCompleted();
            } catch (RuntimeException e) {
                answer.onError(FlightErrors.of(e));
            }
        };
    }

    @Override
    public Runnable acceptPutPreparedStatementUpdate(
            CommandPreparedStatementUpdate command,
            CallContext context,
            FlightStream input,
            StreamListener<PutResult> answer) {
        return () -> update(context, answer, () -> {
            if (input.getSchema().getFields().isEmpty()) {
                return find(context, command.getPreparedStatementHandle()).texts();
            }
            return bind(context, command.getPreparedStatementHandle(), input).texts();
        });
    }

    private Prepared bind(CallContext context, ByteString handle, FlightStream input) {
        Prepared statement = find(context, handle);
        List<List<String>> rows = new ArrayList<>();
        while (input.next()) {
            VectorSchemaRoot batch = input.getRoot();
            if (rows.size() + batch.getRowCount() > PREPARED_MAX) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "more than " + PREPARED_MAX + " rows of arguments: load rows with a source or INSERT … SELECT");
            }
            rows.addAll(Arguments.of(batch, statement.parameters()));
        }
        Prepared bound = statement.with(rows);
        synchronized (prepared) {
            prepared.replace(handle, bound);
        }
        return bound;
    }

    private Prepared find(CallContext context, ByteString handle) {
        @Nullable Prepared found;
        synchronized (prepared) {
            found = prepared.get(handle);
        }
        if (found == null || !found.user().equals(context.peerIdentity())) {
            throw new TarnException(
                    ErrorCode.NOT_FOUND,
                    "there is no such prepared statement (any more): the last " + PREPARED_MAX
                            + " are kept until the server stops; prepare it again");
        }
        return found;
    }

    private ByteString newHandle() {
        byte[] handle = new byte[HANDLE_BYTES];
        random.nextBytes(handle);
        return ByteString.copyFrom(handle);
    }

    /// What Trino itself says that a statement's parameters are.
    private List<String> parameters(QuerySession session, String sql) {
        QuerySession with = new QuerySession(
                session.identity(),
                session.catalog(),
                session.schema(),
                session.branch(),
                session.zone(),
                session.properties(),
                Map.of("flight", sql),
                session.transaction());
        try (QueryResult inputs = statements.engine().execute(with, "DESCRIBE INPUT flight")) {
            return inputs.all().stream()
                    .filter(row -> row.getFirst() != null)
                    .map(row -> String.valueOf(row.get(1)))
                    .toList();
        }
    }

    private Field parameter(String name, String type, QuerySession session) {
        if (type.equals("unknown")) {
            return ArrowTypes.field(name, VarcharType.VARCHAR, TimeZoneKey.UTC_KEY);
        }
        List<ResultColumn> typed = statements.engine().describe(session, "SELECT CAST(NULL AS " + type + ")");
        return ArrowTypes.field(name, typed.getFirst().type(), TimeZoneKey.UTC_KEY);
    }

    // Running them

    private StatementKind kind(CallContext context, String sql) {
        return StatementKind.of(statements.engine(), sessions.session(context), sql);
    }

    private interface Sending {
        void send(ArrowStream stream, QuerySession session, QueryResult result, LongConsumer made);
    }

    private void stream(CallContext context, ServerStreamListener listener, String sql) {
        stream(context, listener, sql, (stream, session, result, made) -> stream.send(result, made));
    }

    private void stream(CallContext context, ServerStreamListener listener, String sql, Sending sending) {
        try {
            Cancellation cancellation = new Cancellation();
            ArrowStream stream = new ArrowStream(allocator, listener, cancellation, PATIENCE);
            QuerySession session = sessions.session(context);
            StatementKind.refuseSessions(sql);
            // gRPC says on this thread that the client reads on or has gone, so that it must be free to hear it. The
            // call's headers are known on this thread only.
            Thread.ofPlatform().daemon().name("flight-statement").start(() -> {
                try {
                    statements.stream(
                            session, sql, cancellation, (result, made) -> sending.send(stream, session, result, made));
                    listener.completed();
                } catch (Throwable failure) {
                    listener.error(FlightErrors.of(failure));
                }
            });
        } catch (RuntimeException e) {
            listener.error(FlightErrors.of(e));
        }
    }

    private void update(CallContext context, StreamListener<PutResult> answer, Callable<List<String>> texts) {
        try {
            QuerySession session = sessions.session(context);
            long[] count = {0};
            for (String sql : texts.call()) {
                StatementKind.refuseSessions(sql);
                statements.stream(session, sql, new Cancellation(), (result, made) -> {
                    long read = result.all().size();
                    made.accept(read);
                    count[0] += result.updateCount().orElse(0);
                });
            }
            DoPutUpdateResult result =
                    DoPutUpdateResult.newBuilder().setRecordCount(count[0]).build();
            try (ArrowBuf buffer = allocator.buffer(result.getSerializedSize())) {
                buffer.writeBytes(result.toByteArray());
                answer.onNext(PutResult.metadata(buffer));
            }
            answer.onCompleted();
        } catch (Exception e) {
            answer.onError(FlightErrors.of(e));
        }
    }

    private static ByteString bytes(Schema schema) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            MessageSerializer.serialize(new WriteChannel(Channels.newChannel(out)), schema);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return ByteString.copyFrom(out.toByteArray());
    }

    private static <T> T answered(Callable<T> work) {
        try {
            return work.call();
        } catch (Exception e) {
            throw FlightErrors.of(e);
        }
    }

    private static void answer(StreamListener<Result> listener, Callable<Result> work) {
        try {
            listener.onNext(work.call());
            listener.onCompleted();
        } catch (Exception e) {
            listener.onError(FlightErrors.of(e));
        }
    }

    /// Rows are where the call came to.
    @Override
    protected <T extends Message> List<FlightEndpoint> determineEndpoints(
            T request, FlightDescriptor descriptor, Schema schema) {
        return List.of(new FlightEndpoint(new Ticket(Any.pack(request).toByteArray())));
    }

    // What there is

    @Override
    public void getStreamSqlInfo(CommandGetSqlInfo command, CallContext context, ServerStreamListener listener) {
        about.send(command.getInfoList(), listener);
    }

    @Override
    public void getStreamCatalogs(CallContext context, ServerStreamListener listener) {
        list(context, listener, Schemas.GET_CATALOGS_SCHEMA, "SELECT table_cat FROM system.jdbc.catalogs ORDER BY 1");
    }

    @Override
    public void getStreamSchemas(CommandGetDbSchemas command, CallContext context, ServerStreamListener listener) {
        List<String> where = new ArrayList<>();
        if (command.hasCatalog()) {
            where.add("table_catalog = " + Arguments.quoted(command.getCatalog()));
        }
        if (command.hasDbSchemaFilterPattern()) {
            where.add(like("table_schem", command.getDbSchemaFilterPattern()));
        }
        list(
                context,
                listener,
                Schemas.GET_SCHEMAS_SCHEMA,
                "SELECT table_catalog, table_schem FROM system.jdbc.schemas" + where(where) + " ORDER BY 1, 2");
    }

    @Override
    public void getStreamTables(CommandGetTables command, CallContext context, ServerStreamListener listener) {
        List<String> where = new ArrayList<>();
        if (command.hasCatalog()) {
            where.add("table_cat = " + Arguments.quoted(command.getCatalog()));
        }
        if (command.hasDbSchemaFilterPattern()) {
            where.add(like("table_schem", command.getDbSchemaFilterPattern()));
        }
        if (command.hasTableNameFilterPattern()) {
            where.add(like("table_name", command.getTableNameFilterPattern()));
        }
        if (command.getTableTypesCount() > 0) {
            where.add(command.getTableTypesList().stream()
                    .map(Arguments::quoted)
                    .collect(Collectors.joining(", ", "table_type IN (", ")")));
        }
        String sql = "SELECT table_cat, table_schem, table_name, table_type FROM system.jdbc.tables" + where(where)
                + " ORDER BY table_type, table_cat, table_schem, table_name";
        if (command.getIncludeSchema()) {
            stream(
                    context,
                    listener,
                    sql,
                    (stream, session, result, made) ->
                            stream.sendRows(withColumns(session, result.all()), Schemas.GET_TABLES_SCHEMA, made));
        } else {
            list(context, listener, Schemas.GET_TABLES_SCHEMA_NO_SCHEMA, sql);
        }
    }

    /// Tables and their columns; a view that cannot be read any more has none.
    private List<List<@Nullable Object>> withColumns(QuerySession session, List<List<@Nullable Object>> tables) {
        if (tables.size() > TABLES_WITH_SCHEMA_MAX) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "the columns of " + tables.size() + " tables are more than are told at once ("
                            + TABLES_WITH_SCHEMA_MAX + "): name a schema");
        }
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (List<@Nullable Object> table : tables) {
            String name = table.subList(0, 3).stream()
                    .map(part -> '"' + String.valueOf(part).replace("\"", "\"\"") + '"')
                    .collect(Collectors.joining("."));
            Schema columns;
            try {
                columns = ArrowTypes.schema(statements.engine().describe(session, "SELECT * FROM " + name));
            } catch (TarnException e) {
                columns = new Schema(List.of());
            }
            List<@Nullable Object> row = new ArrayList<>(table);
            row.add(bytes(columns).toByteArray());
            rows.add(row);
        }
        return rows;
    }

    @Override
    public void getStreamTableTypes(CallContext context, ServerStreamListener listener) {
        list(
                context,
                listener,
                Schemas.GET_TABLE_TYPES_SCHEMA,
                "SELECT table_type FROM system.jdbc.table_types ORDER BY 1");
    }

    @Override
    public void getStreamTypeInfo(CommandGetXdbcTypeInfo command, CallContext context, ServerStreamListener listener) {
        String filter = command.hasDataType() ? " WHERE data_type = " + command.getDataType() : "";
        list(
                context,
                listener,
                Schemas.GET_TYPE_INFO_SCHEMA,
                "SELECT type_name, data_type, precision, literal_prefix, literal_suffix, CAST(NULL AS array(varchar)),"
                        + " nullable, case_sensitive, searchable, unsigned_attribute, fixed_prec_scale, auto_increment,"
                        + " local_type_name, minimum_scale, maximum_scale, coalesce(sql_data_type, data_type),"
                        + " sql_datetime_sub, num_prec_radix, CAST(NULL AS integer) FROM system.jdbc.types" + filter
                        + " ORDER BY data_type");
    }

    @Override
    public void getStreamPrimaryKeys(
            CommandGetPrimaryKeys command, CallContext context, ServerStreamListener listener) {
        nothing(listener, Schemas.GET_PRIMARY_KEYS_SCHEMA);
    }

    @Override
    public void getStreamExportedKeys(
            CommandGetExportedKeys command, CallContext context, ServerStreamListener listener) {
        nothing(listener, Schemas.GET_EXPORTED_KEYS_SCHEMA);
    }

    @Override
    public void getStreamImportedKeys(
            CommandGetImportedKeys command, CallContext context, ServerStreamListener listener) {
        nothing(listener, Schemas.GET_IMPORTED_KEYS_SCHEMA);
    }

    @Override
    public void getStreamCrossReference(
            CommandGetCrossReference command, CallContext context, ServerStreamListener listener) {
        nothing(listener, Schemas.GET_CROSS_REFERENCE_SCHEMA);
    }

    private void list(CallContext context, ServerStreamListener listener, Schema schema, String sql) {
        stream(context, listener, sql, (stream, session, result, made) -> stream.sendRows(result.all(), schema, made));
    }

    private void nothing(ServerStreamListener listener, Schema schema) {
        try (VectorSchemaRoot none = VectorSchemaRoot.create(schema, allocator)) {
            listener.start(none);
            listener.completed();
        }
    }

    private static String like(String column, String pattern) {
        return column + " LIKE " + Arguments.quoted(pattern) + " ESCAPE '\\'";
    }

    private static String where(List<String> conditions) {
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }
}
