using Semel.Client.Connections;
using Semel.Client.Grouping.Membership;
using Semel.Client.Metadata;
using Semel.Protocol.Messages;

namespace Semel.Client.Grouping.Coordination;

/// <summary>
/// Keeps a member told of the topics that it has to know: those that it subscribes to or shares out, all there are for regular expressions, and names for ids. They are
/// asked for when the wish changes, when the client's other questions bring news of one of them, and from time to time; sooner while one is not there.
/// </summary>
internal sealed class TopicWatch(ClusterConnections connections, GroupOptions options, Action<TopicPicture> told) : IAsyncDisposable
{
    /// <summary>Before this version a topic is asked for by its name only.</summary>
    const short FirstVersionById = 12;

    /// <summary>How soon a topic that was not there is looked for again.</summary>
    static readonly TimeSpan MissingAgain = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource _closing = new();
    readonly Signal _wake = new(connections.Options.TimeProvider);
    readonly Lock _gate = new();
    TopicWish _wish = TopicWish.Nothing;
    TopicPicture _picture = TopicPicture.Empty;
    bool _isStale;
    Task? _loop;

    public void Watch(TopicWish wish)
    {
        lock (_gate)
        {
            if (_closing.IsCancellationRequested) return;
            _wish = wish;
            _isStale = true;
            if (_loop is null)
            {
                connections.Metadata.Changed += OnChanged;
                _loop = Task.Run(RunAsync);
            }
        }
        _wake.Set();
    }

    /// <summary>Somebody else's question brought an answer: perhaps it tells of one of ours what we do not know.</summary>
    void OnChanged(MetadataView view)
    {
        lock (_gate)
        {
            if (_isStale || !_wish.Names.Any(name => view.Find(name) is { Error: ErrorCode.None } seen && _picture.Find(name) is var known && (known?.Id != seen.TopicId || known?.Partitions != seen.Partitions.Count))) return;
            _isStale = true;
        }
        _wake.Set();
    }

    async Task RunAsync()
    {
        var failures = 0;
        while (!_closing.IsCancellationRequested)
        {
            TopicWish wish;
            lock (_gate) (wish, _isStale) = (_wish, false);
            var pause = connections.Options.MetadataMaxAge;
            if (wish.All || wish.Names.Count > 0 || wish.Ids.Count > 0)
            {
                try
                {
                    var picture = new TopicPicture(wish, await AskAsync(wish).ConfigureAwait(false));
                    lock (_gate) _picture = picture;
                    told(picture);
                    if (IsMissing(picture) && MissingAgain < pause) pause = MissingAgain;
                    failures = 0;
                }
                catch (Exception failure)
                {
                    // Whatever it was, it is asked again.
                    if (!_closing.IsCancellationRequested) ConnectionLog.MetadataFailed(connections.Options.Logger, failure.Message);
                    pause = options.Retrying.After(++failures);
                }
            }
            bool isStale;
            lock (_gate) isStale = _isStale && failures == 0;
            if (!isStale) await _wake.WaitAsync(pause, _closing.Token).ConfigureAwait(false);
        }
    }

    static bool IsMissing(TopicPicture picture) => picture.Asked.Names.Any(name => picture.Find(name) is null) || picture.Asked.Ids.Any(id => picture.Find(id) is null);

    async Task<List<TopicFacts>> AskAsync(TopicWish wish)
    {
        var broker = await connections.GetAnyAsync(_closing.Token).ConfigureAwait(false);
        var version = MetadataExchange.Version(broker);
        var facts = new Dictionary<string, TopicFacts>(StringComparer.Ordinal);
        // A broker too old for ids tells all names instead.
        var all = wish.All || (wish.Ids.Count > 0 && version < FirstVersionById);
        if (all || wish.Names.Count > 0) await AskAsync(broker, version, Request(all ? null : wish.Names, []), facts).ConfigureAwait(false);
        var nameless = wish.Ids.Except(facts.Values.Select(static topic => topic.Id)).ToArray();
        if (nameless.Length > 0 && !all) await AskAsync(broker, version, Request([], nameless), facts).ConfigureAwait(false);
        return [.. facts.Values];
    }

    MetadataRequest Request(IEnumerable<string>? names, IEnumerable<TopicId> ids) => new()
    {
        Topics = names is null ? null : [.. names.Select(static name => new MetadataRequest.MetadataRequestTopic { Name = name }),
            .. ids.Select(static id => new MetadataRequest.MetadataRequestTopic { Name = null, TopicId = id })],
        AllowAutoTopicCreation = options.AllowAutoCreate && names is not null,
    };

    async Task AskAsync(BrokerConnection broker, short version, MetadataRequest request, Dictionary<string, TopicFacts> facts)
    {
        var response = await broker.SendAsync<MetadataRequest, MetadataResponse>(request, version, connections.Options.RequestTimeout, _closing.Token).ConfigureAwait(false);
        foreach (var topic in response.Topics)
            // The broker's own topics are matched by no pattern; who wants one names it.
            if (topic is { ErrorCode: ErrorCode.None, Name: { } name } && (request.Topics is not null || !topic.IsInternal))
                facts[name] = new TopicFacts(name, MetadataExchange.Id(topic, version), topic.Partitions.Count);
    }

    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_gate)
        {
            if (_closing.IsCancellationRequested) return;
            _closing.Cancel();
            loop = _loop;
            if (loop is not null) connections.Metadata.Changed -= OnChanged;
        }
        if (loop is not null) await loop.ConfigureAwait(false);
        _closing.Dispose();
    }
}
