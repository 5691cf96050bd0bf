using Semel.Client.Configuration;
using Semel.Client.Producing;
using Semel.Client.Tests.Producing;
using Semel.Client.Transacting;
using Semel.Protocol;

namespace Semel.Client.Tests.Transacting;

/// <summary>
/// Drives a transactional producer's machine by hand: the test says what the application calls and what brokers answer, and looks at what was asked.
/// </summary>
internal sealed class TransactionScript
{
    public const string Topic = "t", Id = "orders-1";
    public static readonly ConsumerGroupMetadata Group = ConsumerGroupMetadata.ForSimpleGroup("g");
    static readonly TopicId TopicId = new(new Guid("11111111-1111-1111-1111-111111111111"));

    readonly Dictionary<ProducerBatch, (int Count, int Size)> _contents = [];
    long _nextCall = 1;

    public TransactionScript(short version = 2, int partitions = 2, PlantedFault fault = PlantedFault.None, params (string Key, string Value)[] config)
    {
        KeyValuePair<string, string>[] all =
        [
            new("bootstrap.servers", "b:1"), new("transactional.id", Id), new("linger.ms", "0"),
            .. config.Select(pair => new KeyValuePair<string, string>(pair.Key, pair.Value)),
        ];
        Machine = new ProducerMachine(ProducerConfigRules.Apply(all), seed: 1, fault: fault);
        See(version);
        Take(new TopicSeen(Topic, TopicId, ErrorCode.None, [.. Enumerable.Range(0, partitions).Select(static number => new PartitionLeader(number,
            new NodeId(1), 0))]));
    }

    public ProducerMachine Machine { get; }
    public TimeSpan Now { get; private set; }
    public TransactionState State => Machine.Transaction!.State;

    /// <summary>What coordinators were asked and have not answered, in order.</summary>
    public List<AskCoordinator> Asked { get; } = [];
    public List<AskCoordinator> AllAsked { get; } = [];
    public List<SendProduce> Unanswered { get; } = [];
    public List<SendProduce> Sent { get; } = [];
    public Dictionary<long, CallEnd> Ends { get; } = [];
    public List<TransactionState> Moves { get; } = [];
    public List<RefuseRecords> Refusals { get; } = [];
    public List<ConfirmMembership> Confirmations { get; } = [];
    public Dictionary<ProducerBatch, Verdict> Ended { get; } = [];
    public bool IsDialling { get; set; }

    /// <summary>Whether the shell seals the records as soon as an end is asked for.</summary>
    public bool SealsAtOnce { get; set; } = true;

    public void See(short version, long epoch = 1) => Take(new FeaturesSeen(epoch, version));

    public static ProducerIdentity Identity(long id, short epoch) => new(new ProducerId(id), new ProducerEpoch(epoch));

    /// <summary>Initialised and answered.</summary>
    public TransactionScript Ready(short epoch = 0)
    {
        var call = Init();
        Grant(7, epoch);
        Assert.IsType<CallDone>(Ends[call]);
        return this;
    }

    /// <summary>In the first transaction.</summary>
    public TransactionScript Open(short epoch = 0)
    {
        Ready(epoch);
        Begin();
        return this;
    }

    /// <summary>In a transaction that has one acknowledged record.</summary>
    public TransactionScript Written(short epoch = 0)
    {
        Open(epoch);
        Deliver();
        return this;
    }

    /// <summary>A record that is acknowledged; with the first protocol its partition is added first.</summary>
    public ProducerBatch Deliver(int partition = 0)
    {
        var batch = Add(partition);
        if (Asked.Exists(static ask => ask.Request is AddPartitionsRequest)) Confirm();
        Produced(PartitionAnswer.Appended(0));
        return batch;
    }

    long NewCall() => _nextCall++;

    TransactionCall Call(long number, double? milliseconds) => new(number, milliseconds is { } limit ? Now + TimeSpan.FromMilliseconds(limit) : null);

    public long Init(double? within = 60_000) => Post(number => new InitWanted(Call(number, within)));

    public long Begin(double? within = 60_000) => Post(number => new BeginWanted(Call(number, within)));

    public long Commit(double? within = 60_000, long? transaction = null)
    {
        var call = Post(number => new CommitWanted(Call(number, within), transaction ?? Number));
        if (SealsAtOnce) Seal();
        return call;
    }

    public long Abort(double? within = 60_000, long? transaction = null)
    {
        var call = Post(number => new AbortWanted(Call(number, within), transaction ?? Number));
        if (SealsAtOnce) Seal();
        return call;
    }

    public long Resolve(double? within = 60_000) => Post(number => new ResolveWanted(Call(number, within), Number));

    public long SendOffsets(ConsumerGroupMetadata group, double? within, params (string Topic, int Partition, long Offset)[] offsets) => Post(number =>
        new OffsetsWanted(Call(number, within), Number, group,
            [.. offsets.Select(static one => new OffsetToSend(new TopicPartition(one.Topic, one.Partition), one.Offset, TopicId))]));

    public long SendOffsets(params (string Topic, int Partition, long Offset)[] offsets) => SendOffsets(Group, 60_000, offsets);

    public long Number => Machine.Transaction!.Number;

    public void Seal() => Take(new RecordsSealed(Number));

    long Post(Func<long, ProducerInput> input)
    {
        var call = NewCall();
        Take(input(call));
        return call;
    }

    public ProducerBatch Add(int partition = 0, int records = 1)
    {
        var batch = new ProducerBatch(new TopicPartition(Topic, partition), Now);
        _contents[batch] = (records, 100);
        Take(new BatchOpened(batch));
        Take(new BatchSealed(batch, records, 100));
        return batch;
    }

    /// <summary>The oldest question of the kind that has no answer.</summary>
    public AskCoordinator Question<TRequest>() where TRequest : CoordinatorRequest => Asked.First(static ask => ask.Request is TRequest);

    public TRequest Request<TRequest>() where TRequest : CoordinatorRequest => (TRequest)Question<TRequest>().Request;

    public void Answer<TRequest>(CoordinatorAnswer answer) where TRequest : CoordinatorRequest => Answer(Question<TRequest>(), answer);

    public void Answer(AskCoordinator question, CoordinatorAnswer answer)
    {
        Assert.True(Asked.Remove(question));
        Take(new CoordinatorAnswered(question.RequestId, answer));
    }

    public void Answer<TRequest>(ErrorCode code) where TRequest : CoordinatorRequest => Answer(Question<TRequest>(), Every(Question<TRequest>().Request, code));

    /// <summary>The answer that says the same of all that the request names.</summary>
    public static CoordinatorAnswer Every(CoordinatorRequest request, ErrorCode code) => request switch
    {
        AddPartitionsRequest add => CoordinatorAnswer.Of(ErrorCode.None) with { Partitions = [.. add.Partitions.Select(partition =>
            new PartitionCode(partition, code))] },
        CommitOffsetsRequest commit => CoordinatorAnswer.Of(ErrorCode.None) with { Partitions = [.. commit.Offsets.Select(offset =>
            new PartitionCode(offset.Partition, code))] },
        _ => CoordinatorAnswer.Of(code),
    };

    public void Lose<TRequest>(bool wasWritten = true) where TRequest : CoordinatorRequest => Answer<TRequest>(CoordinatorAnswer.Unanswered(wasWritten, "cut"));

    public void Grant(long id, short epoch) => Answer<InitProducerRequest>(CoordinatorAnswer.Grant(Identity(id, epoch)));

    public void Confirm() => Answer<AddPartitionsRequest>(ErrorCode.None);

    /// <summary>The end succeeds; with the second protocol with the next identity.</summary>
    public void EndDone(short? nextEpoch = null) =>
        Answer<EndTransactionRequest>(nextEpoch is { } epoch ? CoordinatorAnswer.Grant(Identity(7, epoch)) : CoordinatorAnswer.Of(ErrorCode.None));

    public void Produced(params PartitionAnswer[] answers)
    {
        var request = Unanswered[0];
        Unanswered.RemoveAt(0);
        Take(new ProduceAnswered(request.RequestId, answers, TimeSpan.Zero));
    }

    public void Produced(ErrorCode code) => Produced(PartitionAnswer.Refused(code));

    public void ProduceLost(bool wasWritten = true)
    {
        var request = Unanswered[0];
        Unanswered.RemoveAt(0);
        Take(new RequestLost(request.RequestId, wasWritten, "cut"));
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

    /// <summary>Lets time pass until something of the kind is asked.</summary>
    public void WaitFor<TRequest>() where TRequest : CoordinatorRequest
    {
        for (var steps = 0; !Asked.Exists(static ask => ask.Request is TRequest); steps++)
        {
            Assert.True(steps < 100 && Machine.NextDeadline is not null, $"{typeof(TRequest).Name} is never asked");
            Now = Machine.NextDeadline!.Value > Now ? Machine.NextDeadline.Value : Now;
            Turn();
        }
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
                break;
            case WithdrawRequest withdraw: Withdraw(withdraw.RequestId); break;
            case SealBatch seal: Machine.Take(new BatchSealed(seal.Batch, _contents[seal.Batch].Count, _contents[seal.Batch].Size), Now); break;
            case CompleteBatch complete: Assert.True(Ended.TryAdd(complete.Batch, complete.Verdict), "a batch was reported twice"); break;
            case AskCoordinator ask:
                Asked.Add(ask);
                AllAsked.Add(ask);
                break;
            case ConfirmMembership confirm: Confirmations.Add(confirm); break;
            case MoveTransaction move: Moves.Add(move.State); break;
            case RefuseRecords refuse: Refusals.Add(refuse); break;
            case EndCall end: Assert.True(Ends.TryAdd(end.Call, end.End), $"call {end.Call} ended twice"); break;
            case RequestProducerId: Assert.Fail("a transactional producer asked for an id of its own"); break;
        }
    }

    void Withdraw(long requestId)
    {
        if (!IsDialling || Unanswered.Find(send => send.RequestId == requestId) is not { } unwritten)
        {
            Machine.Take(new RequestBegun(requestId), Now);
            return;
        }
        Unanswered.Remove(unwritten);
        Machine.Take(new RequestWithdrawn(requestId, "no connection"), Now);
    }

    public TransactionFailure Failure(long call) => Assert.IsType<CallFailed>(Ends[call]).Failure;

    public void AssertIllegal(long call, TransactionState state) => Assert.Equal(state, Assert.IsType<CallIllegal>(Ends[call]).State);

    public string Stamps(int at) => string.Join(' ', Sent[at].Batches.Select(static batch => $"{batch.Identity.Epoch}:{batch.BaseSequence}"));
}
