package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.ScanParams;

/// The store in Redis: for each entity a sorted set of its events by time, and one hash for positions. A batch
/// is one transaction; how durable it is, Redis's own `appendonly` and `appendfsync` say.
///
/// A member is the batch's number and the row's number within it, then the event: so equal events are all kept.
public final class RedisStore implements OnlineStore {
    private static final int SCAN = 1_000;

    private final JedisPooled redis;
    private final String prefix;
    private final URI address;

    /// Connects.
    ///
    /// @param address such as `redis://127.0.0.1:6379/0`
    /// @param prefix what this project's keys start with
    /// @throws TarnException `UNAVAILABLE` when Redis does not answer
    public static RedisStore open(URI address, String prefix) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(64);
        RedisStore store = new RedisStore(new JedisPooled(pool, address), prefix, address);
        try {
            store.checkKeeps();
        } catch (TarnException e) {
            store.close();
            throw e;
        }
        return store;
    }

    /// A Redis that throws keys away when it is full would make known entities unknown, and nobody would see it.
    private void checkKeeps() {
        Map<String, String> memory = new HashMap<>();
        ask(jedis -> jedis.info("memory")).lines().forEach(line -> {
            String[] parts = line.split(":", 2);
            memory.put(parts[0], parts.length < 2 ? "" : parts[1].strip());
        });
        String policy = memory.getOrDefault("maxmemory_policy", "noeviction");
        if (!memory.getOrDefault("maxmemory", "0").equals("0") && !policy.equals("noeviction")) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    "Redis at " + address.getHost() + ":" + address.getPort() + " forgets keys when it is full"
                            + " (maxmemory-policy " + policy + "): set noeviction, so that it says so instead");
        }
    }

    private RedisStore(JedisPooled redis, String prefix, URI address) {
        this.redis = redis;
        this.prefix = prefix;
        this.address = address;
    }

    @Override
    public void append(Batch batch) {
        ask(jedis -> {
            long number = jedis.hincrBy(state(), "batches", 1);
            long rowsPushed = batch.pushed().isEmpty()
                    ? 0
                    : jedis.hincrBy(state(), "pushed", batch.pushed().size());
            try (AbstractTransaction all = jedis.multi()) {
                int at = 0;
                for (Rows rows : batch.spaces()) {
                    all.sadd(bytes(prefix + ":spaces"), bytes(rows.space()));
                    for (Map.Entry<String, Map<byte[], Double>> entity :
                            members(rows, number, at).entrySet()) {
                        all.zadd(events(rows.space(), entity.getKey()), entity.getValue());
                    }
                    at += rows.rows().size();
                }
                batch.position()
                        .ifPresent(position -> all.hset(
                                state(), "position:" + batch.spaces().getFirst().space(), position));
                long first = rowsPushed - batch.pushed().size() + 1;
                for (int i = 0; i < batch.pushed().size(); i++) {
                    all.zadd(
                            pending(),
                            (double) (first + i),
                            (first + i) + " " + batch.pushed().get(i));
                }
                if (all.exec() == null) {
                    throw new TarnException(ErrorCode.UNAVAILABLE, "Redis at " + address + " undid a batch");
                }
            }
            return number;
        });
    }

    @Override
    public List<Events> read(String space, List<String> keys, long afterUs) {
        return ask(jedis -> {
            List<Response<List<byte[]>>> answers = new ArrayList<>(keys.size());
            byte[] after = bytes(afterUs == Long.MIN_VALUE ? "-inf" : "(" + afterUs);
            byte[] end = bytes("+inf");
            if (keys.size() == 1) {
                return List.of(joined(jedis.zrangeByScore(events(space, keys.getFirst()), after, end)));
            }
            try (AbstractPipeline pipeline = jedis.pipelined()) {
                keys.forEach(key -> answers.add(pipeline.zrangeByScore(events(space, key), after, end)));
                pipeline.sync();
            }
            return answers.stream().map(answer -> joined(answer.get())).toList();
        });
    }

    @Override
    public Optional<String> position(String space) {
        return ask(jedis -> Optional.ofNullable(jedis.hget(state(), "position:" + space)));
    }

    @Override
    public Optional<String> serving(String view) {
        return ask(jedis -> Optional.ofNullable(jedis.hget(state(), "serving:" + view)));
    }

    @Override
    public void serve(String view, String space) {
        ask(jedis -> jedis.hset(state(), "serving:" + view, space));
    }

    @Override
    public List<String> spaces() {
        return ask(jedis -> List.copyOf(jedis.smembers(prefix + ":spaces")));
    }

    @Override
    public void drop(String space) {
        ask(jedis -> {
            eachEntity(jedis, space, jedis::unlink);
            jedis.hdel(state(), "position:" + space);
            return jedis.srem(prefix + ":spaces", space);
        });
    }

    @Override
    public void expire(String space, long untilUs) {
        ask(jedis -> {
            eachEntity(jedis, space, keys -> {
                try (AbstractPipeline pipeline = jedis.pipelined()) {
                    for (byte[] key : keys) {
                        pipeline.zremrangeByScore(key, bytes("-inf"), bytes(Long.toString(untilUs)));
                    }
                    pipeline.sync();
                }
            });
            return 0L;
        });
    }

    @Override
    public List<Pushed> pushed(int atMost) {
        return ask(jedis -> jedis.zrange(pending(), 0, atMost - 1L).stream()
                .map(row ->
                        new Pushed(Long.parseLong(row, 0, row.indexOf(' '), 10), row.substring(row.indexOf(' ') + 1)))
                .toList());
    }

    @Override
    public void written(long upTo) {
        ask(jedis -> jedis.zremrangeByScore(pending(), Double.NEGATIVE_INFINITY, (double) upTo));
    }

    @Override
    public Stats stats() {
        return ask(jedis -> {
            String memory = jedis.info("memory")
                    .lines()
                    .filter(line -> line.startsWith("used_memory:"))
                    .findFirst()
                    .map(line -> line.substring("used_memory:".length()).strip())
                    .orElse("0");
            return new Stats("redis", jedis.dbSize(), Long.parseLong(memory));
        });
    }

    @Override
    public void close() {
        redis.close();
    }

    private static Map<String, Map<byte[], Double>> members(Rows rows, long batch, int from) {
        Map<String, Map<byte[], Double>> byEntity = new HashMap<>();
        int number = from;
        for (Row row : rows.rows()) {
            byte[] member = ByteBuffer.allocate(12 + row.event().length)
                    .putLong(batch)
                    .putInt(number++)
                    .put(row.event())
                    .array();
            byEntity.computeIfAbsent(row.key(), _ -> new IdentityHashMap<>()).put(member, (double) row.timeUs());
        }
        return byEntity;
    }

    private static Events joined(List<byte[]> members) {
        int length = members.stream().mapToInt(member -> member.length - 12).sum();
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] member : members) {
            System.arraycopy(member, 12, all, at, member.length - 12);
            at += member.length - 12;
        }
        return new Events(all, length);
    }

    private void eachEntity(JedisPooled jedis, String space, Consumer<byte[][]> work) {
        byte[] cursor = ScanParams.SCAN_POINTER_START_BINARY;
        ScanParams match = new ScanParams()
                .match(bytes(escaped(prefix + ":e:" + space + ":") + "*"))
                .count(SCAN);
        do {
            var found = jedis.scan(cursor, match);
            if (!found.getResult().isEmpty()) {
                work.accept(found.getResult().toArray(byte[][]::new));
            }
            cursor = found.getCursorAsBytes();
        } while (!Arrays.equals(cursor, ScanParams.SCAN_POINTER_START_BINARY));
    }

    private static String escaped(String text) {
        return text.replaceAll("([*?\\[\\]\\\\])", "\\\\$1");
    }

    private String state() {
        return prefix + ":state";
    }

    private String pending() {
        return prefix + ":pushed";
    }

    private byte[] events(String space, String key) {
        return bytes(prefix + ":e:" + space + ":" + key);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private <T> T ask(Function<JedisPooled, T> question) {
        try {
            return question.apply(redis);
        } catch (JedisConnectionException e) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE,
                    "Redis at " + address.getHost() + ":" + address.getPort()
                            + " does not answer: start it, or write online-store: embedded",
                    e);
        } catch (JedisException e) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE, "Redis at " + address.getHost() + " refused: " + e.getMessage(), e);
        }
    }
}
