package dev.tarn.feature.online;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class RedisStoreTest extends StoreContract {
    @TempDir
    static Path folder;

    private static @Nullable RealRedis redis;
    private static URI address;
    private String prefix = "";

    @BeforeAll
    static void startRedis() throws Exception {
        redis = new RealRedis(folder, "--appendonly", "yes");
        address = redis.address();
    }

    @AfterAll
    static void stopRedis() throws InterruptedException {
        if (redis != null) {
            redis.close();
        }
    }

    @Override
    @BeforeEach
    void openStore() {
        prefix = "t[*]" + UUID.randomUUID();
        super.openStore();
    }

    @Override
    OnlineStore open() {
        return RedisStore.open(address, prefix);
    }

    @Test
    void aRedisThatForgetsIsRefused() {
        try (var jedis = new Jedis(address)) {
            jedis.configSet("maxmemory", "1gb");
            jedis.configSet("maxmemory-policy", "allkeys-lru");
            try {
                assertThatThrownBy(() -> RedisStore.open(address, "x"))
                        .hasMessageContaining("forgets keys when it is full (maxmemory-policy allkeys-lru)");
            } finally {
                jedis.configSet("maxmemory", "0");
                jedis.configSet("maxmemory-policy", "noeviction");
            }
        }
    }

    @Test
    void saysWhatToDoWhenRedisIsAway() {
        assertThatThrownBy(() -> RedisStore.open(URI.create("redis://127.0.0.1:1/0"), "x"))
                .hasMessageContaining("Redis at 127.0.0.1:1 does not answer: start it, or write online-store");
    }
}
