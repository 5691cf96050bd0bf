using Semel.Broker.Sequencing;
using Semel.Log;
using Semel.Machines.Catalog;
using Semel.Protocol;

namespace Semel.Broker.Topics;

/// <summary>A topic of the broker's own, whatever is remembered in it. Thread safe.</summary>
internal interface IStateTopic
{
    string Name { get; }

    /// <summary>As it is to be made.</summary>
    NewTopic Wanted();

    /// <summary>One of its partitions, which nobody has opened yet.</summary>
    Partition NewPartition(CatalogTopic topic, int number, Func<ILogStore, ILog> openLog, SequencerHost host);

    /// <summary>Makes the topic if it is not there; completes when it can be used. A log that is still being opened makes its commands wait.</summary>
    /// <returns>COORDINATOR_NOT_AVAILABLE, which every client takes as "again soon", when it could not be made.</returns>
    ValueTask<ErrorCode> ReadyAsync();
}
