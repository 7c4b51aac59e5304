/** The alert rule of population data: in the last year that there is, a nation has fewer people than in the year before. */
import { QueryBuilder, type Rule, RuleBuilder } from '@grafana/grafana-foundation-sdk/alerting'
import { TypeReduceBuilder, TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr'
import { DATASOURCE, flux } from './dashboard.ts'
import { CHANGE_PERCENT } from './queries.ts'

const EXPRESSION = { type: '__expr__', uid: '__expr__' }
const TWENTY_YEARS_S = 631_152_000
const FOLDER = 'Population'
const GROUP = 'population'

const populationFalls = (): Rule =>
  new RuleBuilder('Population falls')
    .uid('population-falls')
    .folderUID(FOLDER)
    .ruleGroup(GROUP)
    .orgID(1)
    .withQuery(
      new QueryBuilder('A')
        .datasourceUid(DATASOURCE.uid)
        .relativeTimeRange({ from: TWENTY_YEARS_S, to: 0 })
        .model(flux(CHANGE_PERCENT)),
    )
    .withQuery(
      new QueryBuilder('B')
        .datasourceUid(EXPRESSION.uid)
        .model(new TypeReduceBuilder().refId('B').datasource(EXPRESSION).expression('A').reducer('last')),
    )
    .withQuery(
      new QueryBuilder('C').datasourceUid(EXPRESSION.uid).model(
        new TypeThresholdBuilder()
          .refId('C')
          .datasource(EXPRESSION)
          .expression('B')
          .conditions([{ evaluator: { type: 'lt', params: [0] } }]),
      ),
    )
    .condition('C')
    .forDuration('0s')
    .noDataState('NoData')
    .execErrState('Error')
    .labels({ severity: 'info' })
    .annotations({
      summary: 'The population of {{ $labels.ID_Nation }} changed by {{ printf "%.2f" $values.B.Value }} % in a year.',
    })
    .build()

/** The rule as a file of provisioning/alerting: the folder and the group are around it there. */
export function alertProvisioning(): object {
  const { orgID, folderUID, ruleGroup, ...rule } = populationFalls()
  return {
    apiVersion: 1,
    groups: [{ orgId: orgID, name: ruleGroup, folder: folderUID, interval: '1m', rules: [rule] }],
  }
}
