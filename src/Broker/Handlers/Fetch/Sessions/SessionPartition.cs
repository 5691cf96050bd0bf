using Semel.Protocol;
using Semel.Protocol.Messages;

namespace Semel.Broker.Handlers.Fetch.Sessions;

/// <summary>How a fetch names a topic: by name up to version 12, by id from 13 on.</summary>
internal readonly record struct TopicKey(string Name, TopicId Id);

/// <summary>One partition of a session: what the client asked last, and what it was told last. Belongs to its session's lock.</summary>
internal sealed class SessionPartition(TopicKey topic, FetchRequest.FetchPartition asked)
{
    public TopicKey Topic => topic;
    public FetchRequest.FetchPartition Asked { get; set; } = asked;

    /// <summary>The topic was there once: when its id is not known any more it was deleted, and is told as a partition that is not there.</summary>
    public bool WasFound { get; set; }

    long _highWatermark = -1, _logStartOffset = -1;

    /// <summary>Whether a row has anything that the client does not know; it counts as told then.</summary>
    public bool HasNews(FetchRow row)
    {
        var told = row.Response;
        var hasNews = row.Length > 0 || told.HighWatermark != _highWatermark || told.LogStartOffset != _logStartOffset || row.IsRefused || row.Diverges;
        // Behind an error the next sound row is news, whatever it says.
        (_highWatermark, _logStartOffset) = (row.IsRefused ? -1 : told.HighWatermark, told.LogStartOffset);
        return hasNews;
    }
}
