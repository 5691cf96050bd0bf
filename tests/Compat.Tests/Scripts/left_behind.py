"""Begins a transaction, writes three records into each of some partitions, and goes away: prints the producer's id and epoch.

    left_behind.py BOOTSTRAP TRANSACTIONAL_ID TOPIC PARTITION,... [abort|hang]

`abort` ends it by an abort. `hang` tells no coordinator of the partitions: a broker that does not ask one itself takes that, and nobody ends it ever.
Needs the peers' folder in PYTHONPATH."""
import sys

from kafkawire.client import Cluster
from kafkawire.records import batch

bootstrap, identity, topic, partitions, ending = (sys.argv[1:] + ["open"])[:5]
partitions = [int(number) for number in partitions.split(",")]
cluster = Cluster(bootstrap)
error, producer, epoch = cluster.init_producer(identity, timeout_ms=600000)
assert producer >= 0, error
coordinator = cluster.coordinator("transaction", identity)
if ending != "hang":
    added = cluster.call("AddPartitionsToTxn", 3, {
        "V3AndBelowTransactionalId": identity, "V3AndBelowProducerId": producer, "V3AndBelowProducerEpoch": epoch,
        "V3AndBelowTopics": [{"Name": topic, "Partitions": partitions}]}, coordinator)
    assert all(row["PartitionErrorCode"] == 0 for row in added["ResultsByTopicV3AndBelow"][0]["ResultsByPartition"]), added
for partition in partitions:
    values = [f"{identity}-{partition}-{number}" for number in range(3)]
    written = cluster.produce(topic, partition, batch(values, producer_id=producer, epoch=epoch, sequence=0, transactional=True), identity)
    assert written["ErrorCode"] == 0, written
if ending == "abort":
    ended = cluster.call("EndTxn", 3, {"TransactionalId": identity, "ProducerId": producer, "ProducerEpoch": epoch, "Committed": False}, coordinator)
    assert ended["ErrorCode"] == 0, ended
print(producer, epoch)
