using Semel.Protocol.Messages;
using Semel.Protocol.Wire;

namespace Semel.Protocol.Tests.Messages;

/// <summary>Reading makes the objects of the message and nothing else; writing makes nothing.</summary>
public class AllocationTests
{
    const int Partitions = 100;

    [Fact]
    public void Writing_a_message_into_a_used_writer_allocates_nothing()
    {
        var request = Produce();
        using var writer = new WireWriter(1 << 16);
        Frame.WriteRequest(writer, Header, request);
        writer.Reset();
        Assert.Equal(0, Allocated(() => Frame.WriteRequest(writer, Header, request)));
    }

    [Fact]
    public void Reading_a_message_allocates_its_objects_only()
    {
        var bytes = MessageBytes.Write(Produce(), 9);
        var request = new ProduceRequest();
        Read(request, bytes);
        var perPartition = Allocated(() => Read(request, bytes)) / Partitions;

        // An object of 48 bytes for each partition, its place in the list, and a small share of the one topic.
        Assert.InRange(perPartition, 48, 72);
    }

    [Fact]
    public void Structs_and_lists_that_the_bytes_do_not_have_take_no_memory()
    {
        var response = new FetchResponse { Responses = [new() { Partitions = [.. Enumerable.Range(0, Partitions).Select(_ => new FetchResponse.PartitionData())] }] };
        var bytes = MessageBytes.Write(response, 16);
        var read = new FetchResponse();
        ReadFetch(read, bytes);
        var perPartition = Allocated(() => ReadFetch(read, bytes)) / Partitions;

        // The partition's object with its own fields (about 130 bytes), its place in the list, and an empty list of aborted transactions:
        // that one may be null, so it is made. The three tagged structs are not there and are not made.
        Assert.InRange(perPartition, 100, 220);
    }

    static readonly RequestHeader Header = new(ApiKey.Produce, 9, 1, "client");

    static ProduceRequest Produce() => new()
    {
        TopicData = [new() { Name = "topic", PartitionData = [.. Enumerable.Range(0, Partitions).Select(index => new ProduceRequest.PartitionProduceData { Index = index, Records = new byte[100] })] }],
    };

    static void Read(ProduceRequest request, byte[] bytes)
    {
        var reader = new WireReader(bytes);
        request.Read(ref reader, 9);
    }

    static void ReadFetch(FetchResponse response, byte[] bytes)
    {
        var reader = new WireReader(bytes);
        response.Read(ref reader, 16);
    }

    static long Allocated(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
