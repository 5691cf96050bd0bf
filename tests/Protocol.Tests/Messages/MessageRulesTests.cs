using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Schemas;

namespace Semel.Protocol.Tests.Messages;

/// <summary>The rules of versions, nulls and tags in messages of flesh, with their bytes spelled out.</summary>
public class MessageRulesTests
{
    /// <summary>W15 of the wire specification: null asks for all topics, an empty list for none.</summary>
    [Fact]
    public void Metadata_1_tells_all_topics_from_no_topics()
    {
        Assert.Null(MessageBytes.Read(new MetadataRequest(), MessageBytes.FromHex("ffffffff"), 1).Topics);
        Assert.Empty(MessageBytes.Read(new MetadataRequest(), MessageBytes.FromHex("00000000"), 1).Topics!);
        Assert.Equal("ffffffff", Hex(new MetadataRequest { Topics = null }, 1));
        Assert.Equal("00000000", Hex(new MetadataRequest { Topics = [] }, 1));
    }

    [Fact]
    public void Metadata_0_has_no_null_topics()
    {
        Assert.Throws<Protocol.Wire.WireFormatException>(() => MessageBytes.Read(new MetadataRequest(), MessageBytes.FromHex("ffffffff"), 0));
        var error = Assert.Throws<InvalidOperationException>(() => Hex(new MetadataRequest { Topics = null }, 0));
        Assert.Contains("MetadataRequest.Topics", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_body_of_ApiVersions_0_is_empty()
    {
        Assert.Equal("", Hex(new ApiVersionsRequest { ClientSoftwareName = "left-out" }, 0));
        var read = MessageBytes.Read(new ApiVersionsRequest { ClientSoftwareName = "before" }, Array.Empty<byte>(), 0);
        Assert.Equal("", read.ClientSoftwareName);
    }

    /// <summary>W2 of the wire specification, as far as bytes go: the refusal is in version 0.</summary>
    [Fact]
    public void A_refused_ApiVersions_is_answered_in_version_0()
    {
        var response = new ApiVersionsResponse
        {
            ErrorCode = ErrorCode.UnsupportedVersion,
            ApiKeys = [new() { ApiKey = ApiKey.ApiVersions, MinVersion = 0, MaxVersion = 4 }],
            ThrottleTimeMs = 9,
        };
        Assert.Equal("0023" + "00000001" + "0012" + "0000" + "0004", Hex(response, 0));
    }

    [Fact]
    public void The_features_of_ApiVersions_3_are_tagged_fields()
    {
        var response = new ApiVersionsResponse
        {
            ApiKeys = [new() { ApiKey = ApiKey.ApiVersions, MaxVersion = 4 }],
            FinalizedFeaturesEpoch = 2,
            FinalizedFeatures = [new() { Name = "ab", MaxVersionLevel = 2, MinVersionLevel = 2 }],
        };
        var expected = "0000" + "02" + "0012" + "0000" + "0004" + "00" + "00000000"
            + "02" + "01" + "08" + "0000000000000002" + "02" + "09" + "02" + "036162" + "0002" + "0002" + "00";
        Assert.Equal(expected, Hex(response, 3));
        var read = MessageBytes.Read(new ApiVersionsResponse(), MessageBytes.FromHex(expected), 3);
        Assert.Equal((2, "ab", false), (read.FinalizedFeaturesEpoch, read.FinalizedFeatures[0].Name, read.ZkMigrationReady));
        Assert.Empty(read.SupportedFeatures);
    }

    /// <summary>W6 of the wire specification: an unknown tag in a nested struct is skipped by its size.</summary>
    [Fact]
    public void An_unknown_tag_in_a_nested_struct_of_Produce_is_passed_over()
    {
        var hex = "00" + "0001" + "00000005" + "02" + "0274" + "02" + "00000007" + "04 010203" + "01 63 03 aabbcc" + "00" + "00";
        var read = MessageBytes.Read(new ProduceRequest(), MessageBytes.FromHex(hex), 9);
        Assert.Null(read.TransactionalId);
        Assert.Equal((Acks.Leader, 5, "t"), (read.Acks, read.TimeoutMs, read.TopicData[0].Name));
        var partition = read.TopicData[0].PartitionData[0];
        Assert.Equal(7, partition.Index);
        Assert.Equal([1, 2, 3], partition.Records!.Value.ToArray());
    }

    [Fact]
    public void Produce_names_topics_by_name_up_to_12_and_by_id_from_13()
    {
        var topic = new ProduceRequest.TopicProduceData { Name = "t", TopicId = new(Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")) };
        var request = new ProduceRequest { TransactionalId = new("x"), Acks = Acks.All, TopicData = [topic] };
        Assert.Equal("0278" + "ffff" + "00000000" + "02" + "0274" + "01" + "00" + "00", Hex(request, 12));
        Assert.Equal("0278" + "ffff" + "00000000" + "02" + "00112233445566778899aabbccddeeff" + "01" + "00" + "00", Hex(request, 13));
    }

    [Fact]
    public void Kafkas_defaults_are_those_of_a_new_message()
    {
        var fetch = new FetchRequest();
        Assert.Equal((NodeId.None, int.MaxValue, -1, IsolationLevel.ReadUncommitted), (fetch.ReplicaId, fetch.MaxBytes, fetch.SessionEpoch, fetch.IsolationLevel));
        Assert.True(new MetadataRequest().AllowAutoTopicCreation);
        Assert.Equal(60_000, new CreateTopicsRequest().TimeoutMs);
        Assert.Equal((ProducerId.None, ProducerEpoch.None), (new InitProducerIdRequest().ProducerId, new InitProducerIdRequest().ProducerEpoch));
        Assert.Equal(new TransactionalId(""), new InitProducerIdRequest().TransactionalId);
        Assert.Null(new ProduceRequest().TransactionalId);
    }

    public static TheoryData<string, Protocol.Wire.IMessage, short, bool> ValuesOutsideTheirVersion => new()
    {
        { "LastFetchedEpoch", new FetchRequest { Topics = [new() { Partitions = [new() { LastFetchedEpoch = 1 }] }] }, 11, false },
        { "LastFetchedEpoch", new FetchRequest { Topics = [new() { Partitions = [new() { LastFetchedEpoch = 1 }] }] }, 12, true },
        { "ReplicaState", new FetchRequest { ReplicaState = new() { ReplicaId = new(1) } }, 14, false },
        { "ReplicaState", new FetchRequest { ReplicaState = new() { ReplicaId = new(1) } }, 15, true },
        { "ReplicaId", new FetchRequest { ReplicaId = new(1) }, 15, false },
        { "ForgottenTopicsData", new FetchRequest { ForgottenTopicsData = [new()] }, 6, false },
        { "IsolationLevel", new ListOffsetsRequest { IsolationLevel = IsolationLevel.ReadCommitted }, 1, false },
        { "IsolationLevel", new ListOffsetsRequest { IsolationLevel = IsolationLevel.ReadCommitted }, 2, true },
        { "ProducerId", new InitProducerIdRequest { ProducerId = new(5) }, 2, false },
        { "ProducerId", new InitProducerIdRequest { ProducerId = new(5) }, 3, true },
        { "CoordinatorKeys", new FindCoordinatorRequest { CoordinatorKeys = ["a"] }, 3, false },
        { "Key", new FindCoordinatorRequest { Key = "a" }, 4, false },
        { "AllowAutoTopicCreation", new MetadataRequest { AllowAutoTopicCreation = false }, 3, false },
        { "SessionId", new FetchRequest { SessionId = 3 }, 6, true },
        { "TimeoutMs", new ListOffsetsRequest { TimeoutMs = 3 }, 9, true },
        { "NodeEndpoints", new ProduceResponse { NodeEndpoints = [new()] }, 9, false },
        { "Where", new SampleRecord { Where = new() }, 0, false },
        { "Where", new SampleRecord { Where = new() }, 4, false },
        { "PayloadSometimes", new SampleRecord { PayloadSometimes = null }, 0, false },
        { "PayloadSometimes", new SampleRecord { PayloadSometimes = null }, 2, false },
        { "PayloadSometimes", new SampleRecord { PayloadSometimes = null }, 3, true },
        { "WhereSometimes", new SampleRecord { WhereSometimes = null }, 2, false },
        { "TaggedManyOrNull", new SampleRecord { TaggedManyOrNull = null }, 2, false },
        { "TaggedText", new SampleRecord { TaggedText = "a" }, 1, true },
        { "TaggedDeep", new SampleRecord { TaggedDeep = new() { Deeper = new() { Texts = null } } }, 2, false },
    };

    [Theory, MemberData(nameof(ValuesOutsideTheirVersion))]
    public void A_value_that_the_version_cannot_say_is_refused_unless_it_may_be_left_out(string field, Protocol.Wire.IMessage message, short version, bool written)
    {
        if (written)
        {
            Hex(message, version);
            return;
        }
        var error = Assert.Throws<InvalidOperationException>(() => Hex(message, version));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains($"version {version}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_in_a_field_that_is_never_null_is_refused()
    {
        Assert.Throws<InvalidOperationException>(() => Hex(new FetchRequest { RackId = null! }, 11));
        Assert.Throws<InvalidOperationException>(() => Hex(new DeleteTopicsRequest { TopicNames = [null!] }, 1));
        Assert.Throws<InvalidOperationException>(() => Hex(new SampleRecord { Owner = default }, 0));
        Assert.Throws<InvalidOperationException>(() => Hex(new SampleRecord { Groups = [default] }, 0));
    }

    static string Hex(Protocol.Wire.IMessage message, short version) => MessageBytes.ToHex(MessageBytes.Write(message, version));
}
