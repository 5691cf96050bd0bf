using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Protocol;

namespace Semel.Client.Tests.Producing;

/// <summary>Drives a producer's machine by hand: the test says what happens, and looks at what was sent and how each batch ended.</summary>
internal sealed class MachineScript
{
    public const string Topic = "t";
    public static readonly NodeId Broker1 = new(1), Broker2 = new(2);
    static readonly TopicId Id = new(new Guid("11111111-1111-1111-1111-111111111111"));

    readonly Dictionary<ProducerBatch, (int Count, int Size)> _contents = [];

    public MachineScript(int partitions = 1, int firstSequence = 0, bool grantsIdentity = true, params (string Key, string Value)[] config)
    {
        KeyValuePair<string, string>[] all = [new("bootstrap.servers", "b:1"), .. config.Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value))];
        Machine = new ProducerMachine(ProducerConfigRules.Apply(all), seed: 1, firstSequence);
        GrantsIdentity = grantsIdentity;
        Lead(Broker1, partitions: partitions);
    }

    public ProducerMachine Machine { get; }
    public TimeSpan Now { get; private set; }
    public bool GrantsIdentity { get; set; }
    public long NextProducerId { get; set; } = 7;

    /// <summary>Requests that nobody has answered yet, in the order of sending.</summary>
    public List<SendProduce> Unanswered { get; } = [];
    public List<SendProduce> Sent { get; } = [];

    /// <summary>Whether what is sent from now on waits for a connection: not one byte of it is written, and the machine may have it back.</summary>
    public bool IsDialling { get; set; }
    readonly HashSet<SendProduce> _unwritten = [];
    public int WithdrawalsAsked { get; private set; }
    public Dictionary<ProducerBatch, Verdict> Ended { get; } = [];
    public List<ProducerBatch> EndOrder { get; } = [];
    public HashSet<ProducerBatch> Released { get; } = [];
    public List<ProducerEvent> Events { get; } = [];
    public List<string> Refreshes { get; } = [];
    public List<ReplaceBatch> Replacements { get; } = [];
    public Dictionary<ProducerBatch, IReadOnlyList<ProducerBatch>> Fragments { get; } = [];
    public int IdentityRequests { get; private set; }
    public Error? Failure { get; private set; }

    public static TopicPartition Partition(int number = 0) => new(Topic, number);

    /// <summary>A sealed batch.</summary>
    public ProducerBatch Add(int records = 1, int partition = 0, int size = 1000)
    {
        var batch = Open(records, partition, size);
        Take(new BatchSealed(batch, records, size));
        return batch;
    }

    /// <summary>A batch that lingers, with what it will have when it is sealed.</summary>
    public ProducerBatch Open(int records = 1, int partition = 0, int size = 1000)
    {
        var batch = new ProducerBatch(Partition(partition), Now);
        _contents[batch] = (records, size);
        Take(new BatchOpened(batch));
        return batch;
    }

    public void Lead(NodeId node, int leaderEpoch = 0, int partitions = 1, TopicId? id = null) =>
        Take(new TopicSeen(Topic, id ?? Id, ErrorCode.None, [.. Enumerable.Range(0, partitions).Select(number => new PartitionLeader(number, node, leaderEpoch))]));

    /// <summary>The brokers say which cluster they are.</summary>
    public void See(string clusterId) => Take(new ClusterSeen(clusterId));

    public void Answer(SendProduce request, params PartitionAnswer[] answers)
    {
        Assert.True(Unanswered.Remove(request));
        Take(new ProduceAnswered(request.RequestId, answers, TimeSpan.Zero));
    }

    /// <summary>Answers the oldest request.</summary>
    public void Answer(params PartitionAnswer[] answers) => Answer(Unanswered[0], answers);

    public void Answer(ErrorCode code) => Answer(PartitionAnswer.Refused(code));

    public void Lose(bool wasWritten = true)
    {
        var request = Unanswered[0];
        Unanswered.RemoveAt(0);
        Take(new RequestLost(request.RequestId, wasWritten, "cut"));
    }

    /// <summary>A first record is acknowledged, so that the probe is over.</summary>
    public void PassProbe(int partition = 0, long offset = 0)
    {
        Add(partition: partition);
        Answer(Unanswered[^1], PartitionAnswer.Appended(offset));
    }

    public void Wait(double milliseconds)
    {
        Now += TimeSpan.FromMilliseconds(milliseconds);
        Turn();
    }

    /// <summary>Goes to the moments for which the machine asks, until it asks for none before the given time has passed.</summary>
    public void WaitThrough(double milliseconds)
    {
        Machine.WaitThrough(Now, Now + TimeSpan.FromMilliseconds(milliseconds), moment =>
        {
            Now = moment;
            Turn();
        });
    }

    public void Take(ProducerInput input)
    {
        Machine.Take(input, Now);
        Turn();
    }

    void Turn() => Machine.Turn(Now, Perform);

    void Perform(ProducerEffect effect)
    {
        switch (effect)
        {
            case SendProduce send:
                Unanswered.Add(send);
                Sent.Add(send);
                if (IsDialling) _unwritten.Add(send);
                break;
            case WithdrawRequest withdraw: Withdraw(withdraw.RequestId); break;
            case SealBatch seal:
                Machine.Take(new BatchSealed(seal.Batch, _contents[seal.Batch].Count, _contents[seal.Batch].Size), Now);
                break;
            case ReplaceBatch replace:
                Replacements.Add(replace);
                Machine.Take(new BatchReplaced(replace.Batch, Fragments[replace.Batch] = Rewrite(replace)), Now);
                break;
            case CompleteBatch complete:
                Assert.True(Ended.TryAdd(complete.Batch, complete.Verdict), "a batch was reported twice");
                EndOrder.Add(complete.Batch);
                break;
            case ReleaseBatch release: Assert.True(Released.Add(release.Batch), "a batch was released twice"); break;
            case RequestProducerId:
                IdentityRequests++;
                if (GrantsIdentity) Machine.Take(new ProducerIdGranted(new ProducerIdentity(new ProducerId(NextProducerId++), new ProducerEpoch(0))), Now);
                break;
            case RefreshMetadata refresh: Refreshes.Add(refresh.Topic); break;
            case Tell tell: Events.Add(tell.Event); break;
            case FailProducer fail: Failure = fail.Reason; break;
        }
    }

    void Withdraw(long requestId)
    {
        WithdrawalsAsked++;
        if (_unwritten.FirstOrDefault(send => send.RequestId == requestId) is not { } unwritten)
        {
            Machine.Take(new RequestBegun(requestId), Now);
            return;
        }
        _unwritten.Remove(unwritten);
        Unanswered.Remove(unwritten);
        Machine.Take(new RequestWithdrawn(requestId, "no connection"), Now);
    }

    /// <summary>The connection is there, and what waited for it is written.</summary>
    public void Connect()
    {
        IsDialling = false;
        _unwritten.Clear();
    }

    /// <summary>Halves of a batch that is too large, or one batch without the refused records.</summary>
    static List<ProducerBatch> Rewrite(ReplaceBatch replace)
    {
        var batch = replace.Batch;
        var kept = Enumerable.Range(0, batch.RecordCount).Count(index =>
            replace.Refused.All(refused => refused.Index != index) && (replace.BehindRefused is null || index < replace.Refused.Min(refused => refused.Index)));
        if (kept == 0) return [];
        if (replace.Refused.Count > 0) return [Part(batch, kept, batch.SizeInBytes * kept / batch.RecordCount)];
        return [Part(batch, kept / 2, batch.SizeInBytes / 2), Part(batch, kept - kept / 2, batch.SizeInBytes / 2)];
    }

    static ProducerBatch Part(ProducerBatch of, int records, int size) => new(of.Partition, of.AcceptedAt) { RecordCount = records, SizeInBytes = size, IsSealed = true };

    /// <summary>"baseSequence+records" of each batch of a request.</summary>
    public static string Stamps(SendProduce request) => string.Join(' ', request.Batches.Select(batch => $"{batch.Identity.Epoch}:{batch.BaseSequence}+{batch.Batch.RecordCount}"));

    public string LastStamps => Stamps(Sent[^1]);
}
