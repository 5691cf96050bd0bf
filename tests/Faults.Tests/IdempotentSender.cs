using System.Net;
using System.Text;
using Semel.Protocol;
using Semel.Protocol.Messages;
using Semel.Protocol.Records;
using Semel.Protocol.Wire;

namespace Semel.Faults.Tests;

/// <summary>A producer of a test that decides for itself what it sends when, on which connection, and how often: raw requests with a producer id.</summary>
sealed class IdempotentSender(IPEndPoint endPoint, string topic) : IAsyncDisposable
{
    public const short ProduceVersion = 11;
    const short InitVersion = 4, FetchVersion = 12, MetadataVersion = 9;

    RawClient? _client;
    int _correlationId;
    ProducerId _producerId;
    ProducerEpoch _epoch;

    public async Task InitAsync()
    {
        var answer = await CallAsync<InitProducerIdResponse>(ApiKey.InitProducerId, InitVersion, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1000 });
        Assert.Equal(ErrorCode.None, answer!.ErrorCode);
        (_producerId, _epoch) = (answer.ProducerId, answer.ProducerEpoch);
    }

    public async Task<MetadataResponse?> MetadataAsync() =>
        await CallAsync<MetadataResponse>(ApiKey.Metadata, MetadataVersion, new MetadataRequest { Topics = [new() { Name = topic }] });

    /// <summary>A Produce frame with one record, whose value names the sequence.</summary>
    public byte[] ProduceFrame(int sequence)
    {
        using var builder = new RecordBatchBuilder(1 << 20);
        builder.TryAppend(1_700_000_000_000, default, true, Encoding.UTF8.GetBytes(ValueOf(sequence)), false);
        builder.Close(CompressionCodec.None);
        builder.Stamp(_producerId, _epoch, sequence, transactional: false);
        var body = new ProduceRequest { Acks = Acks.All, TimeoutMs = 5000, TopicData = [new() { Name = topic, PartitionData = [new() { Index = 0, Records = builder.Bytes }] }] };
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(ApiKey.Produce, ProduceVersion, ++_correlationId, "sender"), body);
        return writer.ToArray();
    }

    public static string ValueOf(int sequence) => $"record number {sequence}";

    public async Task SendAsync(params byte[][] frames)
    {
        _client ??= await RawClient.ConnectAsync(endPoint);
        await _client.SendAsync(frames);
    }

    /// <summary>The answer to a Produce; null, and the next call begins a new connection, when the connection was closed instead.</summary>
    public async Task<ProduceResponse.PartitionProduceResponse?> ReceiveAsync() =>
        (await ReceiveAsync<ProduceResponse>(ApiKey.Produce, ProduceVersion))?.Responses[0].PartitionResponses[0];

    public async Task<ProduceResponse.PartitionProduceResponse?> ProduceAsync(int sequence)
    {
        await SendAsync(ProduceFrame(sequence));
        return await ReceiveAsync();
    }

    /// <summary>The values of all records from the beginning of the partition.</summary>
    public async Task<List<string>> ReadAllAsync()
    {
        var values = new List<string>();
        while (true)
        {
            var request = new FetchRequest
            {
                MaxBytes = 10 << 20,
                Topics = [new() { Topic = topic, Partitions = [new() { Partition = 0, FetchOffset = values.Count, PartitionMaxBytes = 10 << 20 }] }],
            };
            var answer = await CallAsync<FetchResponse>(ApiKey.Fetch, FetchVersion, request);
            var partition = answer!.Responses[0].Partitions[0];
            Assert.Equal(ErrorCode.None, partition.ErrorCode);
            var before = values.Count;
            foreach (var batch in RecordBatches.Split(partition.Records ?? default))
            {
                Assert.True(RecordBatch.HasValidCrc(batch.Bytes.Span));
                using var records = new RecordBatchReader(batch.Bytes.Span);
                while (records.MoveNext()) values.Add(Encoding.UTF8.GetString(records.Value));
            }
            if (values.Count == before) return values;
        }
    }

    async Task<T?> CallAsync<T>(ApiKey key, short version, IMessage body) where T : class, IMessage, new()
    {
        using var writer = new WireWriter();
        Frame.WriteRequest(writer, new RequestHeader(key, version, ++_correlationId, "sender"), body);
        await SendAsync(writer.ToArray());
        return await ReceiveAsync<T>(key, version);
    }

    async Task<T?> ReceiveAsync<T>(ApiKey key, short version) where T : class, IMessage, new()
    {
        if (await _client!.ReceiveAsync() is not { } frame)
        {
            Disconnect();
            return null;
        }
        var reader = new WireReader(frame.AsMemory(Frame.SizeLength));
        ResponseHeader.Read(ref reader, key, version);
        var body = new T();
        body.Read(ref reader, version);
        return body;
    }

    public void Disconnect()
    {
        _client?.Dispose();
        _client = null;
    }

    public ValueTask DisposeAsync()
    {
        Disconnect();
        return ValueTask.CompletedTask;
    }
}
