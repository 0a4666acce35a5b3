from dagster import AssetKey, Definitions, ScheduleDefinition, asset, define_asset_job


def key_of(step):
    return AssetKey(["tarn"] + [part or "_" for part in re.sub(r"[^A-Za-z0-9_.]+", "_", step).split(".")])


def built_asset(step, before):
    @asset(key=key_of(step), deps=[key_of(other) for other in before], group_name="tarn")
    def made(context):
        build(step, context.run_id, environment_of(context.run_id))

    return made


@asset(key=key_of("tarn_publish"), deps=[key_of(step) for step in BUILT], group_name="tarn")
def published(context):
    publish(context.run_id)


def after_asset(step, before):
    @asset(key=key_of(step), deps=[key_of(other) for other in before + ["tarn_publish"]], group_name="tarn")
    def made(context):
        build(step, context.run_id)

    return made


assets = (
    [built_asset(step, before) for step, before in BUILT.items()]
    + [published]
    + [after_asset(step, before) for step, before in AFTER.items()]
)
job = define_asset_job("tarn_" + task_name(PROJECT), selection="*")
defs = Definitions(
    assets=assets,
    jobs=[job],
    schedules=[] if CRON is None else [ScheduleDefinition(job=job, cron_schedule=CRON, execution_timezone=ZONE)],
)
