package dev.tarn.feature.feast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.feature.definition.FeatureDefinitions;
import dev.tarn.feature.definition.FeatureFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeastImportTest {
    @TempDir
    Path repo;

    @Test
    void takesOverDeclarationsAndNamesTheRest() throws IOException {
        Files.writeString(repo.resolve("feature_store.yaml"), "project: drivers\nprovider: local\n");
        Files.writeString(repo.resolve("definitions.py"), """
                from datetime import timedelta
                import pandas as pd
                from feast import Entity, FeatureService, FeatureView, Field, FileSource, PushSource

                # Define an entity (with a bracket) for the driver.
                driver = Entity(name="driver", join_keys=["driver_id"], description='the "driver"')

                stats_source = FileSource(
                    name="driver_hourly_stats_source",
                    path="data/driver_stats.parquet",
                    timestamp_field="event_timestamp",
                    created_timestamp_column="created",
                )

                driver_stats_fv = FeatureView(
                    name="driver_hourly_stats",
                    entities=[driver],
                    ttl=timedelta(days=1),
                    schema=[
                        Field(name="conv_rate", dtype=Float32),
                        Field(name="acc_rate", dtype=Float32, description="rate, (accepted)"),
                        Field(name="avg_daily_trips", dtype=Int64),
                    ],
                    online=True,
                    source=stats_source,
                    tags={"team": "driver_performance"},
                )

                @on_demand_feature_view(sources=[driver_stats_fv], schema=[Field(name="x", dtype=Float64)])
                def transformed(inputs: pd.DataFrame) -> pd.DataFrame:
                    return FeatureView(name="not this")

                activity: FeatureService = FeatureService(
                    name="driver_activity_v1", features=[driver_stats_fv[["conv_rate"]], transformed]
                )
                everything = FeatureService(name="all", features=[driver_stats_fv])
                computed = FeatureView(name=f"x{1}", schema=make(), source=stats_source)
                """);
        FeastImport.Result read = FeastImport.read(repo);
        assertThat(read.summary()).isEqualTo("1 entities, 1 views, 2 services");
        assertThat(String.join("\n", read.notRead()))
                .contains("definitions.py:29: computed in Python")
                .contains("definitions.py:37: a FeatureView without a literal name");
        read.write(repo.resolve("features/feast.yml"));
        assertThatThrownBy(() -> read.write(repo.resolve("features/feast.yml"))).hasMessageContaining("exists");
        FeatureDefinitions definitions =
                FeatureFiles.read(repo.resolve("features"), new Interpolation(Map.of(), Map.of()));
        var view = definitions.view("driver_hourly_stats");
        assertThat(view.features())
                .extracting(feature -> feature.name())
                .containsExactly("conv_rate", "acc_rate", "avg_daily_trips");
        assertThat(view.timeToLive()).contains(Duration.ofDays(1));
        assertThat(view.createdTime()).contains("created");
        assertThat(view.source().from()).isEqualTo("bronze.driver_hourly_stats_source");
        assertThat(definitions.service("driver_activity_v1").features())
                .containsExactly("driver_hourly_stats:conv_rate");
        assertThat(definitions.entities().get("driver")).isNotNull();
    }

    @Test
    void readsStreamsMappedColumnsTextKeysAndTags() throws IOException {
        Files.writeString(repo.resolve("feature_store.yaml"), "project: shop\nprovider: local\n");
        Files.createDirectories(repo.resolve("views"));
        Files.writeString(repo.resolve("views/shop.py"), """
                customer = Entity(name="customer", join_keys=["customer_id"])
                device = Entity(name="device", value_type=ValueType.STRING)
                orders = SnowflakeSource(
                    name="orders",
                    query="SELECT * FROM shop.orders",
                    timestamp_field="ordered_at",
                    field_mapping={"amt": "amount", "shop name": "shop"},
                )
                clicks = KafkaSource(
                    name="clicks", kafka_bootstrap_servers="k:9092", topic="clicks", timestamp_field="at",
                    message_format=JsonFormat(schema_json="{}"), watermark_delay_threshold=timedelta(minutes=5),
                    batch_source=RedshiftSource(table="web.clicks", timestamp_field="at"),
                )
                spending = FeatureView(
                    name="spending", entities=[customer], source=orders, tags={"team": "growth", "tier": "1"},
                    owner="a@example.org", schema=[
                        Field(name="customer_id", dtype=String), Field(name="amount", dtype=Float64),
                        Field(name="shop", dtype=String),
                    ],
                )
                activity = StreamFeatureView(
                    name="activity", entities=[customer, device], source=clicks, ttl=timedelta(hours=6),
                    schema=[Field(name="device", dtype=String), Field(name="clicks", dtype=Int64)],
                )
                request = RequestSource(name="request", schema=[Field(name="x", dtype=Int64)])
                ratio = OnDemandFeatureView(name="ratio", sources=[spending, request])
                model = FeatureService(
                    name="model", features=[spending[["amount"]], activity], tags={"release": "prod"})
                """);
        FeastImport.Result read = FeastImport.read(repo);
        assertThat(read.summary()).isEqualTo("2 entities, 2 views, 1 services");
        assertThat(String.join("\n", read.notRead()))
                .contains("shop.py:25: RequestSource: write it as SQL under on-demand")
                .contains("shop.py:26: OnDemandFeatureView: write it as SQL under on-demand")
                .doesNotContain("Entity")
                .doesNotContain("KafkaSource");
        read.write(repo.resolve("features/feast.yml"));
        FeatureDefinitions definitions =
                FeatureFiles.read(repo.resolve("features"), new Interpolation(Map.of(), Map.of()));
        var spending = definitions.view("spending");
        assertThat(spending.features()).extracting(feature -> feature.name()).containsExactly("amount", "shop");
        assertThat(read.yaml()).contains("amount: {last: amt}").contains("shop: {last: \"\\\"shop name\\\"\"}");
        assertThat(spending.keys())
                .extracting(key -> key.name() + " " + key.type().sql())
                .containsExactly("customer_id varchar");
        assertThat(read.yaml())
                .contains("tags: {\"team\": \"growth\", \"tier\": \"1\"}")
                .contains("tags: {\"release\": \"prod\"}");
        var activity = definitions.view("activity");
        assertThat(activity.source().from()).isEqualTo("web.clicks");
        assertThat(activity.push()).isTrue();
        assertThat(activity.features()).extracting(feature -> feature.name()).containsExactly("clicks");
        assertThat(activity.keys())
                .extracting(key -> key.name() + " " + key.type().sql())
                .containsExactly("customer_id varchar", "device varchar");
    }

    @Test
    void asksForAFeastRepository() {
        assertThatThrownBy(() -> FeastImport.read(repo)).hasMessageContaining("holds no feature_store.yaml");
    }
}
