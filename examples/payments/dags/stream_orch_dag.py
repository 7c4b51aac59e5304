"""The pipeline of payments, by Airflow: it is checked, started, looked after for a while, and stopped.

Each step is a target of the Makefile beside this folder, so cron and systemd do the same: see README.md. The variables that the
Makefile knows (TAILRACE, WITH, DATA, LISTEN, KAFKA, REGISTRY) are taken from the environment of the worker; PAYMENTS names the
folder of the Makefile where this file was copied elsewhere.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from airflow.sdk import Param, dag, task

FOLDER = os.environ.get("PAYMENTS", str(Path(__file__).resolve().parent.parent))
HOURS_12 = 12 * 60 * 60


@dag(
    dag_id="stream_orch_dag",
    schedule="0 8 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    params={"seconds": Param(HOURS_12, type="integer", minimum=0, description="how long it is looked after")},
)
def stream_orch_dag():
    @task.bash(cwd=FOLDER, append_env=True, retries=2, retry_delay=timedelta(seconds=10))
    def ensure_topic() -> str:
        """Brokers and registry answer, and a topic that is there fits; one that is not is made by the start."""
        return "make --no-print-directory check-pipeline"

    @task.bash(cwd=FOLDER, append_env=True)
    def start() -> str:
        """Resolves when every part is open: GET /readyz."""
        return "make --no-print-directory start-pipeline"

    @task.bash(cwd=FOLDER, append_env=True)
    def health() -> str:
        """Fails as soon as GET /healthz or /readyz does, or the topic is gone."""
        return (
            "end=$(($(date +%s) + {{ params.seconds }})); "
            "make --no-print-directory health-pipeline || exit 1; "
            "while [ $(date +%s) -lt $end ]; do sleep 10; make --no-print-directory health-pipeline || exit 1; done"
        )

    @task.bash(cwd=FOLDER, append_env=True)
    def stop() -> str:
        """What was read is delivered first; also after a look that failed, which the run then has failed for."""
        return "make --no-print-directory stop-pipeline"

    started = start()
    ensure_topic() >> started >> health() >> stop().as_teardown(setups=started)


stream_orch_dag()
