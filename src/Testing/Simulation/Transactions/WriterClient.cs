using Semel.Machines.Catalog;

namespace Semel.Testing.Simulation.Transactions;

/// <summary>Writes transactions over the input, the output and the topic that is made anew; commits most of them.</summary>
internal sealed class WriterClient(ClientSlot slot, ClientLink link, TransactionalProducer producer)
{
    readonly TransactionWorld _world = link.World;

    public async Task RunAsync()
    {
        if (await producer.InitAsync(keepsIdentity: false) != Tried.Done) return;
        while (slot.TakeTransaction())
        {
            producer.Begin();
            var tried = await WriteAsync();
            await link.MayStandStillAsync();
            var aborts = _world.Strikes(link.Random, _world.Plan.AbortOneIn);
            tried = tried == Tried.Done && !aborts ? await producer.CommitAsync() : tried == Tried.Fenced ? Tried.Fenced : await producer.AbortAsync();
            if (tried == Tried.Fenced) return;
            await link.PauseAsync(TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
        }
    }

    async Task<Tried> WriteAsync()
    {
        for (var partitions = link.Random.Between(1, 4); partitions > 0; partitions--)
        {
            CatalogTopic topic = _world.Topics[link.Random.OneOf(SimulatedTopics.Input, SimulatedTopics.Input, SimulatedTopics.Output, SimulatedTopics.Remade)];
            var partition = link.Random.Below(topic.PartitionCount);
            var batches = new List<IReadOnlyList<SimulatedRecord>>();
            for (var count = link.Random.Between(1, 4); count > 0; count--)
            {
                var records = new List<SimulatedRecord>();
                for (var left = link.Random.Between(1, 3); left > 0; left--) records.Add(_world.Oracle.Submit(producer.Transaction, topic.TopicId, partition));
                batches.Add(records);
            }
            if (await producer.SendAsync(topic.TopicId, partition, batches) is not Tried.Done and var refused) return refused;
            if (link.Random.OneIn(4)) await link.MayStandStillAsync();
        }
        return Tried.Done;
    }
}
