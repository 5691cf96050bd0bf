using Semel.Protocol.Messages;
using Semel.Protocol.Tests.Schemas;

namespace Semel.Protocol.Tests.Messages;

public class ApiTableTests
{
    [Fact]
    public void Each_schema_has_its_row_in_the_order_of_the_keys()
    {
        Assert.Equal(Repository.Schemas.Apis.Select(api => (ApiKey)api.Key), ApiTable.All.Select(api => api.Key));
        foreach (var (schema, row) in Repository.Schemas.Apis.Zip(ApiTable.All))
        {
            Assert.Equal((schema.Name, schema.Request.Versions.ToString()), (row.Name, row.Versions.ToString()));
            Assert.Equal(schema.Request.FirstFlexibleVersion, row.FirstFlexibleVersion);
            Assert.Equal((schema.Request.Name, schema.Response.Name), (row.NewRequest().GetType().Name, row.NewResponse().GetType().Name));
            Assert.Same(row, ApiTable.Find(row.Key));
        }
    }

    [Theory]
    [InlineData(ApiKey.LeaderAndIsr)]
    [InlineData((ApiKey)(-1))]
    [InlineData((ApiKey)1000)]
    public void An_api_that_is_not_ours_has_no_row(ApiKey key) => Assert.Null(ApiTable.Find(key));

    [Fact]
    public void A_request_tells_its_key_and_its_versions()
    {
        Assert.Equal(ApiKey.Fetch, FetchRequest.ApiKey);
        Assert.Equal(ApiTable.Find(ApiKey.Fetch)!.Versions, FetchRequest.Versions);
    }
}
