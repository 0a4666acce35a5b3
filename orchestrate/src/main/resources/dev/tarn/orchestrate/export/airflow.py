from datetime import datetime
from zoneinfo import ZoneInfo

from airflow import DAG

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow.operators.python import PythonOperator


def build_task(step, run_id, **context):
    build(step, run_id, environment_of(run_id))


def after_task(step, run_id, **context):
    build(step, run_id)


def publish_task(run_id, **context):
    publish(run_id)


with DAG(
    dag_id="tarn_" + task_name(PROJECT),
    schedule=CRON,
    start_date=datetime(2025, 1, 1, tzinfo=ZoneInfo(ZONE)),
    catchup=False,
    max_active_runs=1,
    tags=["tarn"],
) as dag:
    tasks = {
        step: PythonOperator(task_id=task_name(step), python_callable=build_task, op_kwargs={"step": step})
        for step in BUILT
    }
    published = PythonOperator(task_id="tarn_publish", python_callable=publish_task)
    for step in AFTER:
        tasks[step] = PythonOperator(task_id=task_name(step), python_callable=after_task, op_kwargs={"step": step})
        published >> tasks[step]
    for step, before in {**BUILT, **AFTER}.items():
        for other in before:
            tasks[other] >> tasks[step]
    for step in BUILT:
        tasks[step] >> published
