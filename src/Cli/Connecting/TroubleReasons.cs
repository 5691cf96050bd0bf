using Semel.Client;
using Semel.Protocol;

namespace Semel.Cli.Connecting;

/// <summary>Finds out what lies behind "there is no leader", which is all that Metadata says of a partition or topic that cannot be used.</summary>
public static class TroubleReasons
{
    const string Limit = "4000";

    /// <summary>Asks in the background, and tells the watch.</summary>
    public static void Look(TroubleWatch watch, IReadOnlyDictionary<string, string> settings, PartitionUnavailable told)
    {
        if (told.Code is ErrorCode.LeaderNotAvailable or ErrorCode.KafkaStorageError) _ = LookAsync(watch, settings, told.TopicPartition);
    }

    static async Task LookAsync(TroubleWatch watch, IReadOnlyDictionary<string, string> settings, TopicPartition partition)
    {
        try
        {
            await using var admin = new AdminClient(AdminSettings.Of(settings, Limit));
            watch.Happened(partition.Partition < 0 ? await OfTopicAsync(admin, partition.Topic, watch.Token).ConfigureAwait(false)
                : (await PartitionReason.AskAsync(admin, [partition], watch.Token).ConfigureAwait(false)).FirstOrDefault()?.ToTrouble());
        }
        catch (Exception failure) when (failure is KafkaException or OperationCanceledException)
        {
            // What is known already stands.
        }
    }

    /// <summary>A broker that would make the topic and cannot says in Metadata only that it is not there yet. Asked to make it, it says why not.</summary>
    static async Task<Trouble?> OfTopicAsync(AdminClient admin, string topic, CancellationToken stop)
    {
        var failure = (await admin.CreateTopicsAsync([new NewTopic(topic)], cancellation: stop).ConfigureAwait(false))[0].Failure;
        return failure is null || failure.Error.Code == ErrorCode.TopicAlreadyExists ? null : new Trouble(ExitCode.Refused, $"{failure.Message} ({failure.Error.Code})", EndsWork: true);
    }
}
