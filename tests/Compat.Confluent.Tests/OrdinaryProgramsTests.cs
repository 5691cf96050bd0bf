using System.Reflection;

namespace CompatTests;

/// <summary>
/// Ordinary programs, each one source file compiled twice: with Confluent.Kafka, and with Semel.Compat.Confluent by another using. Both see the same, and what
/// that is
/// stands here.
/// </summary>
public sealed class OrdinaryProgramsTests(BrokerForBoth both) : IClassFixture<BrokerForBoth>
{
    public static readonly Dictionary<string, string[]> Programs = new()
    {
        ["AdminOfGroups"] =
        [
            "Stable, range, Classic, simple: False",
            "reader has 2; coordinator 1",
            "NonEmptyGroup",
            "Empty, Classic",
            "among the groups of that state: True",
            "0: 2",
            "deleted of partition 0",
            "still there: False",
        ],
        ["CommittedHandler"] =
        [
            "NoError: partition 0 to 3, NoError",
            "the group has 3",
        ],
        ["PollByHand"] =
        [
            "Local_QueueFull, NotPersisted, one too many",
            "told 3, on this thread: True",
            "1: 2 at 3",
            "left 0",
            "last at 4",
        ],
        ["AdminOfTopics"] =
        [
            "Local_Partial: topic TopicAlreadyExists",
            "topic: 3 partitions, leader 1, internal: False",
            "1 broker, topic 3, NoError",
            "among all: True",
            "max.message.bytes=100000, DynamicTopicConfig, default: False",
            "begins at 2",
            "EarliestSpec: 2",
            "LatestSpec: 5",
            "a cluster with 1 node",
            "UnknownTopicOrPart",
        ],
        ["CommitByHand"] =
        [
            "Local_NoOffset",
            "committed 4",
            "position 5",
            "goes on at 5",
            "committed 8",
            "goes on at 8",
        ],
        ["ConsumeTransformProduce"] =
        [
            "2 aborted",
            "0! 1! 2! 3! 4! 5! 6! 7! 8! 9! 10! 11! 12! 13! 14! 15! 16! 17! 18! 19!",
        ],
        ["ConsumeWithAutoCommit"] =
        [
            "first run",
            "0: 0",
            "1: 1",
            "2: 2",
            "3: 3",
            "4: 4",
            "5: 5",
            "6: 6",
            "7: 7",
            "8: 8",
            "9: 9",
            "second run",
            "10: 10",
            "11: 11",
            "12: 12",
        ],
        ["HandlersOfTrouble"] =
        [
            "producer counted, waiting 0 of 100000",
            "partition 0 has 5",
            "Local_MsgTimedOut, NotPersisted",
            "told Local_Transport, Local_AllBrokersDown; log lines: True",
        ],
        ["HeadersAndSerializers"] =
        [
            "1: Money { Currency = EUR, Amount = 12.5 } [trace=010203 empty=null trace=04 currency=455552]",
            "2: null [currency=6E6F6E65]",
            "Local_ValueDeserialization at 2: broken, IndexOutOfRangeException",
            "4: Money { Currency = USD, Amount = 3 } []",
        ],
        ["HostedWorker"] =
        [
            "done 5",
            "done 2",
            "0!",
            "1!",
            "2!",
            "3!",
            "4!",
            "5!",
            "6!",
        ],
        ["NewGroupProtocol"] =
        [
            "given 2",
            "0",
            "1",
            "2",
            "taken 1",
            "each has 1, 1; one partition twice: False",
            "given 1",
            "has 2 again",
            "taken 2",
            "goes on at 3",
        ],
        ["OffsetsByTime"] =
        [
            "0: 3",
            "1: End [-1]",
            "later: End [-1]",
            "0 to 10",
            "3 at minute 3, CreateTime",
        ],
        ["PauseForBackPressure"] =
        [
            "4 pauses, 0 records while paused",
            "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19",
        ],
        ["ProduceAwaited"] =
        [
            "a: partition 1, offset 0, Persisted",
            "b: partition 1, offset 1, Persisted",
            "c: partition 1, offset 2, Persisted",
            "order-17: partition 0, offset 0, Persisted",
            "order-18: partition 1, offset 3, Persisted",
            "Local_UnknownPartition, NotPersisted, nowhere, True",
            "MsgSizeTooLarge, NotPersisted",
            "in order: True",
        ],
        ["ProduceWithHandler"] =
        [
            "value 0 at 0: Persisted, NoError",
            "value 1 at 1: Persisted, NoError",
            "value 2 at 2: Persisted, NoError",
            "value 3 at 3: Persisted, NoError",
            "value 4 at 4: Persisted, NoError",
            "left: 0",
            "value 0",
            "value 1",
            "value 2",
            "value 3",
            "value 4",
        ],
        ["RebalanceHandlers"] =
        [
            "assigned 0, 1; on the consuming thread: True",
            "4",
            "5",
            "6",
            "assignment 2, a member: True",
            "revoked 2, read to 7; on the consuming thread: True",
            "assigned 2",
            "7",
        ],
        ["SeekAndReplay"] =
        [
            "position Unset [-1001]",
            "0",
            "1",
            "2",
            "position 3",
            "position Unset [-1001]",
            "1",
            "102",
            "assigned topic [[0]]",
            "2",
            "the end is 6, with a record: False",
            "Local_State",
            "nothing: True",
        ],
        ["StoreOffsets"] =
        [
            "goes on at 5",
            "committed 9",
            "goes on at 9",
            "Local_InvalidArg",
        ],
        ["Transactions"] =
        [
            "without an id: Local_NotConfigured",
            "begin before init: Local_State",
            "produce before begin: Local_State",
            "commit before begin: Local_State",
            "begin twice: Local_State",
            "Persisted",
            "the first: Local_Fenced, fatal: True",
            "committed 0",
            "committed 1",
            "committed 2",
            "of its successor",
            "uncommitted 6",
        ],
    };

    public static TheoryData<string> Names => [.. Programs.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_program_sees_the_same_with_either_client(string program)
    {
        Assert.Equal(Programs[program], Run("WithConfluent", program, both.Broker.BootstrapServers));
        Assert.Equal(Programs[program], Run("WithSemel", program, both.Broker.BootstrapServers));
    }

    /// <summary>No program stands in the folder and is not run.</summary>
    [Fact]
    public void Every_program_is_run() => Assert.Equal(Programs.Keys.Order(), Of("WithSemel").GetTypes().Where(type => type.Namespace == "ConfluentPrograms"
        && type.GetMethod("Run", BindingFlags.Public | BindingFlags.Static) is not null).Select(type => type.Name).Order());

    static Assembly Of(string client) => Assembly.Load($"ConfluentPrograms.{client}");

    public static List<string> Run(string client, string program, string servers)
    {
        var run = Of(client).GetType($"ConfluentPrograms.{program}")!.GetMethod("Run")!;
        var name = $"{program}-{client}".ToLowerInvariant();
        try { return [.. (IEnumerable<string>)run.Invoke(null, [servers, name])!]; }
        catch (TargetInvocationException failure) { throw new InvalidOperationException($"{program} {client}: {failure.InnerException!.Message}",
            failure.InnerException); }
    }
}
